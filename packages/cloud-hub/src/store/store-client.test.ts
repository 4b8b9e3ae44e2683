import { syncBuiltinESMExports } from 'node:module';
import threads, { type Worker } from 'node:worker_threads';
import { Lane } from '@sluis/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TestAgent } from '../../test/test-agent.ts';
import { type TemporaryStore, temporaryStore, until } from '../../test/temporary-store.ts';
import { type AgentSegment, StoreUnavailableError } from './ingest-store.ts';

// Workers that the code under test starts, so that a test can end them as a crash would.
const workers: Worker[] = [];
const { Worker: RealWorker } = threads;

let hub: TemporaryStore;

beforeAll(async () => {
  threads.Worker = class extends RealWorker {
    constructor(...parameters: ConstructorParameters<typeof RealWorker>) {
      super(...parameters);
      workers.push(this);
    }
  };
  syncBuiltinESMExports();
  hub = await temporaryStore();
});

afterAll(async () => {
  threads.Worker = RealWorker;
  syncBuiltinESMExports();
  await hub[Symbol.asyncDispose]();
});

test('a worker that dies under load is started again: what was acked is there once, the rest is sent again', async () => {
  const agent = new TestAgent({ ingest: hub.ingest });
  await agent.open();
  const path = 'lab/m/x';
  const segments: AgentSegment[] = [];
  for (let time = 0; time < 200; time++) segments.push(await agent.segment([{ path, time, value: time }]));
  let kills = 0;
  const send = async (segment: AgentSegment): Promise<void> => {
    for (;;) {
      try {
        expect(['stored', 'repeat']).toContain(await hub.ingest.store(segment));
        return;
      } catch (error) {
        expect(error).toBeInstanceOf(StoreUnavailableError);
        await until(() => hub.store.trouble() === undefined);
      }
    }
  };
  const acked: Promise<void>[] = [];
  for (let from = 0; from < segments.length; from += 20) {
    acked.push(...segments.slice(from, from + 20).map(send));
    if (from % 60 === 40) {
      kills++;
      await workers.at(-1)?.terminate();
      await until(() => hub.store.restarts === kills && hub.store.trouble() === undefined);
    }
  }
  await Promise.all(acked);
  expect(kills).toBeGreaterThan(2);
  expect(hub.store.restarts).toBe(kills);
  const csv = await (await hub.get(`/api/v1/samples?series=${path}&format=csv`)).text();
  expect(csv.trimEnd().split('\n').slice(1)).toEqual(segments.map((_, time) => `${time},${time},good`));
  const [row] = await hub.store.agents();
  expect(row.acked).toMatchObject({ samples: 200, segments: 200 });
  const { received } = await agent.open();
  expect(received).toMatchObject([{ lane: Lane.data, ranges: [{ from: 0, to: 200 }] }]);
});

test('bytes that wait for a commit are counted, and their room comes back', async () => {
  const agent = new TestAgent({ ingest: hub.ingest, agent: 'press-2', epoch: '2'.repeat(32) });
  await agent.open();
  const credit = hub.store.credit();
  const { repeat } = hub.store.counts;
  const segment = await agent.segment([{ path: 'lab/m/y', time: 1, value: 1 }]);
  const stored = hub.ingest.store(segment);
  expect(hub.store.queuedBytes).toBe(segment.bytes.length);
  expect(hub.store.credit()).toBe(credit - segment.bytes.length);
  expect(await stored).toBe('stored');
  expect(hub.store.queuedBytes).toBe(0);
  expect(await hub.ingest.store({ ...segment, bytes: segment.bytes.slice(1) })).toBe('repeat');
  expect(hub.store.counts).toMatchObject({ repeat: repeat + 1 });
});

test('a segment that waits for room is given up with its session', async () => {
  await using small = await temporaryStore({ limits: { hotRows: 1 } });
  const agent = new TestAgent({ ingest: small.ingest });
  await agent.open();
  const path = 'lab/m/x';
  expect(await agent.send([{ path, time: 1, value: 1 }])).toBe('stored');
  const waiting = await agent.segment([{ path, time: 2, value: 2 }]);
  const session = new AbortController();
  const [first, second] = [small.ingest.store(waiting, session.signal), small.ingest.store(waiting, session.signal)];
  session.abort(new Error('the session has ended'));
  await expect(first).rejects.toThrow('the session has ended');
  await expect(second).rejects.toThrow('the session has ended');
  await expect(small.ingest.store(waiting, session.signal)).rejects.toThrow('the session has ended');
  expect(small.store.queuedBytes).toBe(0);
});

test('a segment whose session ends in the turn of its sending is not stored', async () => {
  const agent = new TestAgent({ ingest: hub.ingest, agent: 'press-3', epoch: '3'.repeat(32) });
  await agent.open();
  const segment = await agent.segment([{ path: 'lab/m/z', time: 1, value: 1 }]);
  const session = new AbortController();
  const stored = hub.ingest.store(segment, session.signal);
  session.abort(new Error('the session has ended'));
  await expect(stored).rejects.toThrow('the session has ended');
  expect(await agent.open()).toMatchObject({ received: [] });
  expect(hub.store.queuedBytes).toBe(0);
});

test('a query process that has just started has nothing of what the one before it had', async () => {
  await using other = await temporaryStore();
  const agent = new TestAgent({ ingest: other.ingest });
  await agent.open();
  expect(await agent.send([{ path: 'lab/m/x', time: 1, value: 1 }])).toBe('stored');
  await until(() => other.store.loaded === 1);
  other.store.feed(undefined);
  expect(other.store.loading()).toBe('0 of 1 segments are loaded');
  expect((await other.get('/readyz')).status).toBe(503);
});
