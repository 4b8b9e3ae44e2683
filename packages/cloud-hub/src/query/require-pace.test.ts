import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { expect, test } from 'vitest';
import { requirePace } from './require-pace.ts';

const PIECE = 'x'.repeat(64 << 10);
/** More than the system keeps for both ends of a connection. */
const PIECES = 512;

test.each([
  { reads: 'some bytes at a time', withinMs: 50, whole: false },
  { reads: 'as fast as it can', withinMs: 10_000, whole: true },
])('an answer to one who reads $reads is sent whole: $whole', async ({ withinMs, whole }) => {
  const answered = Promise.withResolvers<boolean>();
  await using server = createServer((_request, response) => {
    const pace = requirePace(response, withinMs);
    void pipeline(Readable.from(Array.from({ length: PIECES }, () => PIECE)), response)
      .then(
        () => answered.resolve(true),
        () => answered.resolve(false),
      )
      .finally(() => pace[Symbol.dispose]());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  client.on('error', () => undefined);
  client.write('GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n');
  const reading = setInterval(() => client.read(1), 5);
  if (whole) client.resume();
  expect(await answered.promise).toBe(whole);
  clearInterval(reading);
  client.destroy();
});
