import { open } from 'node:fs/promises';
import { createServer } from 'node:http';

/*
 * A yardstick: the least that a program on Node does which keeps what is posted to it: appends it to a file, fdatasync,
 * 204.
 *
 *   node benchmarks/load/http-keeper.ts FILE PORT
 */

const [path, port] = process.argv.slice(2);
const file = await open(path, 'a');
createServer(async (request, response) => {
  for await (const chunk of request) await file.write(chunk as Buffer);
  await file.datasync();
  response.writeHead(204).end();
}).listen(Number(port), '127.0.0.1');
