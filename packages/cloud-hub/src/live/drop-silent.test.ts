import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { dropSilent } from './drop-silent.ts';

test('a client that answers no ping is ended, one that does stays', async () => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  dropSilent(server, 50);
  const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const answering = new WebSocket(url);
  const silent = new WebSocket(url, { autoPong: false });
  const [code] = (await once(silent, 'close')) as [number];
  expect(code).toBe(1006);
  for (let pings = 0; pings < 4; pings++) await once(answering, 'ping');
  expect(answering.readyState).toBe(WebSocket.OPEN);
  expect(server.clients.size).toBe(1);
  server.close();
  answering.terminate();
  await once(server, 'close');
});
