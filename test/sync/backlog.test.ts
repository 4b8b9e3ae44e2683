import { randomBytes } from 'node:crypto';
import { SyncServer } from '@sluis/cloud-hub/sessions';
import { Uplink } from '@sluis/edge-agent/uplink';
import { decodeSegment } from '@sluis/protocol';
import pino from 'pino';
import { expect, test } from 'vitest';
import { memoryIngest } from './memory-ingest.ts';
import { MemoryOutbox } from './memory-outbox.ts';

const log = pino({ level: 'silent' });

function hubFor(ingest: ReturnType<typeof memoryIngest>, port = 0): SyncServer {
  return new SyncServer({ host: '127.0.0.1', port, ingest, log, now: () => 0 });
}

function uplinkFor(
  outbox: MemoryOutbox,
  port: number,
  options: Partial<ConstructorParameters<typeof Uplink>[0]> = {},
): Uplink {
  const uplink = new Uplink({
    address: `127.0.0.1:${port}`,
    agent: 'press-1',
    site: 'lab',
    software: 'test',
    instance: randomBytes(16).toString('hex'),
    bandwidth: { schedule: [], zone: 'UTC' },
    outbox,
    journal: outbox.journal,
    log,
    now: () => Date.now() * 1000,
    giveUpAfterMs: 0,
    ...options,
  });
  uplink.start();
  return uplink;
}

function outboxOf(rows: number): MemoryOutbox {
  const outbox = new MemoryOutbox();
  outbox.definitionsOf = [{ path: 'lab/a', unit: '' }];
  for (let i = 0; i < rows; i++) outbox.appendRow();
  return outbox;
}

/** The sequences that a hub has, in the order they came. */
function arrived(ingest: ReturnType<typeof memoryIngest>, epoch: string): number[] {
  return (ingest.epochs.get(epoch)?.segments ?? []).flatMap(({ bytes }) => [...decodeSegment(bytes).time]);
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);
const ascending = (numbers: readonly number[]): number[] => numbers.toSorted((a, b) => a - b);

test('a backlog comes joined, and what is appended meanwhile overtakes it', async () => {
  const BACKLOG = 12_000;
  const ingest = memoryIngest();
  await using hub = hubFor(ingest);
  const outbox = outboxOf(BACKLOG);
  const store = ingest.store.bind(ingest);
  const first = Promise.withResolvers<void>();
  const goOn = Promise.withResolvers<void>();
  const lives: [number, boolean | undefined][] = [];
  // The hub's disk is slow at first, so that something is appended while the backlog is under way.
  ingest.store = async (segment) => {
    lives.push([segment.from, segment.live]);
    first.resolve();
    await goOn.promise;
    return store(segment);
  };
  await using uplink = uplinkFor(outbox, await hub.start());
  await first.promise;
  outbox.appendRow();
  uplink.grown();
  goOn.resolve();
  await expect.poll(() => outbox.ackedRanges.covers({ from: 1, to: BACKLOG + 2 })).toBe(true);
  const sequences = arrived(ingest, outbox.epoch);
  expect(ascending(sequences)).toEqual(upTo(BACKLOG + 1));
  expect(sequences.indexOf(BACKLOG + 1)).toBeLessThan(0.75 * BACKLOG);
  expect(ingest.epochs.get(outbox.epoch)?.segments.length).toBeLessThan(BACKLOG / 10);
  // The hub tells them apart: what comes behind the newest is live, what comes later and lies before that is not.
  const live = lives.findIndex(([from]) => from === BACKLOG + 1);
  expect(lives[live][1]).toBe(true);
  expect(new Set(lives.slice(live + 1).map(([, isLive]) => isLive))).toEqual(new Set([false]));
});

test('however often the hub dies while a backlog drains, each row arrives once, and the next connection takes up', async () => {
  const BACKLOG = 8_000;
  const OUTAGES = 3;
  const ingest = memoryIngest();
  const outbox = outboxOf(BACKLOG);
  let hub = hubFor(ingest);
  const port = await hub.start();
  const { epoch } = outbox;
  const store = ingest.store.bind(ingest);
  // Each hub but the last stores one message, and hangs with the others under way.
  let stalled = Promise.withResolvers<void>();
  let left = 1;
  ingest.store = async (segment) => {
    if (left-- > 0) return store(segment);
    stalled.resolve();
    return new Promise(() => undefined);
  };
  await using uplink = uplinkFor(outbox, port);
  for (let outage = 1; outage <= OUTAGES; outage++) {
    await stalled.promise;
    await hub[Symbol.asyncDispose]();
    for (let i = 0; i < 100; i++) outbox.appendRow();
    uplink.grown();
    stalled = Promise.withResolvers<void>();
    left = outage < OUTAGES ? 1 : Infinity;
    hub = hubFor(ingest, port);
    await hub.start();
  }
  const last = BACKLOG + OUTAGES * 100;
  await expect.poll(() => outbox.ackedRanges.covers({ from: 1, to: last + 1 })).toBe(true);
  expect(ascending(arrived(ingest, epoch))).toEqual(upTo(last));
  // Joined segments are no other history.
  expect(outbox.epoch).toBe(epoch);
  await hub[Symbol.asyncDispose]();
});

test('of joined segments that the hub refuses, only the guilty one is given up', async () => {
  const GUILTY = 77;
  const ingest = memoryIngest();
  const store = ingest.store.bind(ingest);
  ingest.store = async (segment) =>
    decodeSegment(segment.bytes).time.includes(GUILTY)
      ? { refused: 'malformed', message: 'this is refused' }
      : store(segment);
  await using hub = hubFor(ingest);
  const outbox = outboxOf(200);
  await using _uplink = uplinkFor(outbox, await hub.start());
  await expect.poll(() => outbox.ackedRanges.covers({ from: 1, to: 201 })).toBe(true);
  expect(outbox.closed.map(({ sequences }) => sequences)).toEqual([{ from: GUILTY, to: GUILTY + 1 }]);
  expect(ascending(arrived(ingest, outbox.epoch))).toEqual(upTo(200).filter((sequence) => sequence !== GUILTY));
});

test('a limit holds data back and says so; what is sent stays within it', async () => {
  const ingest = memoryIngest();
  await using hub = hubFor(ingest);
  const outbox = outboxOf(500);
  await using uplink = uplinkFor(outbox, await hub.start(), { bandwidth: { limit: 0, schedule: [], zone: 'UTC' } });
  await expect.poll(() => uplink.state).toBe('connected');
  expect(uplink.limit).toBe(0);
  expect(uplink.held).toMatch(/nothing but alarms/);
  expect(arrived(ingest, outbox.epoch)).toEqual([]);
});

test('two agents with one id: one goes on, the other is told why it does not, and takes over when it is alone', async () => {
  const ingest = memoryIngest();
  const problems: (string | null)[] = [];
  ingest.problem = async (_, problem) => void problems.push(problem);
  await using hub = hubFor(ingest);
  const port = await hub.start();
  const [one, other] = [outboxOf(10), outboxOf(20)];
  await using first = uplinkFor(one, port);
  await expect.poll(() => one.ackedRanges.covers({ from: 1, to: 11 })).toBe(true);
  {
    await using second = uplinkFor(other, port);
    // A restart, as far as the hub can know: the second takes over. Then the first comes back, so both live.
    await expect.poll(() => other.ackedRanges.covers({ from: 1, to: 21 })).toBe(true);
    await expect.poll(() => first.detail).toMatch(/two agents have the id press-1/);
    expect(first.state).toBe('refused');
    expect(second.state).toBe('connected');
    expect(problems[0]).toMatch(/two agents have the id press-1/);
    one.appendRow();
    first.grown();
    other.appendRow();
    second.grown();
    await expect.poll(() => other.ackedRanges.has(21)).toBe(true);
    expect(one.ackedRanges.has(11)).toBe(false);
  }
  await expect.poll(() => one.ackedRanges.has(11)).toBe(true);
  expect(first.state).toBe('connected');
});
