import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect, test } from 'vitest';
import { portProbe } from './port.ts';

const { signal } = new AbortController();

test('a port is free or in use, and free again after the look', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const probe = portProbe({ host: '127.0.0.1', port });
  expect(probe.need).toBe(`port 127.0.0.1:${port}`);
  expect(await probe.look(signal)).toMatchObject({ there: false, reason: 'in use', taken: true });
  await new Promise((resolve) => server.close(resolve));
  expect(await probe.look(signal)).toEqual({ there: true, detail: 'free' });
  expect(await probe.look(signal)).toEqual({ there: true, detail: 'free' });
});

test('an address of another machine cannot be listened at', async () => {
  // 192.0.2.0/24 is for documentation: no machine has it.
  const finding = await portProbe({ host: '192.0.2.1', port: 0 }).look(signal);
  expect(finding).toMatchObject({ there: false, hint: expect.stringContaining('127.0.0.1') });
});

test('a look that was ended throws', async () => {
  await expect(portProbe({ host: '127.0.0.1', port: 0 }).look(AbortSignal.abort())).rejects.toThrow();
});
