import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { LINE_BYTES, startDelayProxy } from './delay-proxy.ts';

const CHUNK = Buffer.alloc(256 << 10, 'x');
const TOTAL = 4 * LINE_BYTES;

test('a line holds no more than its length for a receiver that does not read, and hands on all of it once it does', async () => {
  const accepted = Promise.withResolvers<Socket>();
  const receiver = createServer({ pauseOnConnect: true }, accepted.resolve).listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  await using proxy = await startDelayProxy({ port: (receiver.address() as AddressInfo).port, delayMs: 1 });
  const sender = connect({ host: '127.0.0.1', port: proxy.port });
  for (let sent = 0; sent < TOTAL; sent += CHUNK.length) sender.write(CHUNK);
  sender.end();
  await expect.poll(() => proxy.mostHeld).toBeGreaterThanOrEqual(LINE_BYTES);
  let received = 0;
  const socket = await accepted.promise;
  for await (const chunk of socket) received += (chunk as Buffer).length;
  expect(received).toBe(TOTAL);
  expect(proxy.mostHeld).toBeLessThan(LINE_BYTES + CHUNK.length);
  sender.destroy();
  receiver.close();
});
