import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, createServer as createNetServer } from 'node:net';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { expect, test } from 'vitest';
import { hubProbe } from './probe.ts';

const { signal } = new AbortController();

test('what speaks gRPC answers, and no session begins', async () => {
  const server = new Server();
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  const probe = hubProbe({ host: '127.0.0.1', port });
  expect(probe.need).toBe(`hub 127.0.0.1:${port}`);
  expect(await probe.look(signal)).toEqual({ there: true, detail: 'answers' });
  server.forceShutdown();
});

test('a port without a server, or with another one, is told', async () => {
  const server = createServer((_, response) => response.end()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const probe = hubProbe({ host: '127.0.0.1', port });
  expect(await probe.look(signal)).toMatchObject({ there: false });
  await new Promise((resolve) => server.close(resolve));
  expect(await probe.look(signal)).toMatchObject({ there: false, reason: expect.stringContaining('ECONNREFUSED') });
});

test('a server that never answers is waited for until the signal', async () => {
  const silent = createNetServer((socket) => socket.resume()).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const stop = new AbortController();
  silent.once('connection', () => stop.abort(new Error('enough')));
  const { port } = silent.address() as AddressInfo;
  await expect(hubProbe({ host: '127.0.0.1', port }).look(stop.signal)).rejects.toThrow('enough');
  silent.close();
});
