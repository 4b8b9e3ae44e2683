import { once } from 'node:events';
import { createServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { Uplink } from '@sluis/edge-agent/uplink';
import pino from 'pino';
import { expect, test } from 'vitest';
import { MemoryOutbox } from './memory-outbox.ts';

/** gRPC's pause after a failed attempt, if it is not told another. */
const GRPC_PAUSE_MS = 1_200;

test('attempts that failed before the hub came leave no connections behind', async () => {
  const closed = createServer();
  closed.listen(0, '127.0.0.1');
  await once(closed, 'listening');
  const { port } = closed.address() as AddressInfo;
  closed.close();
  await once(closed, 'close');
  const outbox = new MemoryOutbox();
  await using uplink = new Uplink({
    address: `127.0.0.1:${port}`,
    agent: 'press-1',
    site: 'lab',
    software: 'test',
    instance: 'a'.repeat(32),
    bandwidth: { schedule: [], zone: 'UTC' },
    outbox,
    journal: outbox.journal,
    log: pino({ level: 'silent' }),
    now: () => 0,
  });
  uplink.start();
  await expect.poll(() => uplink.state, { interval: 1 }).toBe('waiting');
  // It takes connections and calls, and answers nothing.
  const hub = createServer();
  let connections = 0;
  hub.on('session', () => connections++);
  hub.listen(port, '127.0.0.1');
  await once(hub, 'stream');
  // That none comes later can only be seen by waiting.
  await pause(GRPC_PAUSE_MS);
  expect(connections).toBe(1);
  hub.close();
});
