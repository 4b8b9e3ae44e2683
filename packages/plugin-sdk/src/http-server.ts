/*
 * To import `node:http` is to take all its names, and for one of them, WebSocket, Node loads its client for HTTP (undici): 50 ms
 * of CPU time and 2 MB in each thread that only serves. To ask for the module takes what is asked of it.
 */
export const { createServer } = process.getBuiltinModule('node:http');
