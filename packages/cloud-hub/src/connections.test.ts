import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { expect, test } from 'vitest';
import { Connections } from './connections.ts';

test('beyond the bound of a door connections are closed and counted, until one leaves', async () => {
  const connections = new Connections(2);
  const server = createServer((socket) => socket.on('error', () => socket.destroy()).resume());
  connections.limit('grpc', server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const dial = () => connect({ host: '127.0.0.1', port: (server.address() as AddressInfo).port }).resume();
  const held = [dial(), dial()];
  await expect.poll(() => connections.open('grpc')).toBe(2);
  const refused = dial().on('error', () => undefined);
  await once(refused, 'close');
  expect([connections.refused, await connections.open('grpc'), await connections.open('http')]).toEqual([
    { grpc: 1, http: 0 },
    2,
    0,
  ]);
  held[0].end();
  await expect.poll(() => connections.open('grpc')).toBe(1);
  held.push(dial());
  await expect.poll(() => connections.open('grpc')).toBe(2);
  for (const socket of held) socket.destroy();
  server.close();
  await once(server, 'close');
});
