import { randomBytes } from 'node:crypto';
import { type ShedRange, SyncServer } from '@sluis/cloud-hub/sessions';
import { Uplink } from '@sluis/edge-agent/uplink';
import pino from 'pino';
import { expect, test } from 'vitest';
import { memoryIngest } from './memory-ingest.ts';
import { MemoryOutbox } from './memory-outbox.ts';

const log = pino({ level: 'silent' });

function hubFor(ingest: ReturnType<typeof memoryIngest>, port = 0): SyncServer {
  return new SyncServer({ host: '127.0.0.1', port, ingest, log, now: () => 0 });
}

function uplinkFor(outbox: MemoryOutbox, port: number, { giveUpAfterMs = 0 } = {}): Uplink {
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
    now: () => 0,
    giveUpAfterMs,
  });
  uplink.start();
  return uplink;
}

function contents(ingest: ReturnType<typeof memoryIngest>, epoch: string): string[] {
  const segments = ingest.epochs.get(epoch)?.segments ?? [];
  return segments.toSorted((a, b) => a.sequence - b.sequence).map(({ bytes }) => Buffer.from(bytes).toString());
}

function numbered(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${prefix}${i}`);
}

test('everything in the outbox reaches the hub once, with its definitions before it, and is acked', async () => {
  const ingest = memoryIngest();
  await using hub = hubFor(ingest);
  const outbox = new MemoryOutbox();
  outbox.definitionsOf = [
    { path: 'lab/a', unit: 'Cel' },
    { path: 'lab/b', unit: '' },
  ];
  for (const content of numbered('s', 100)) outbox.append(content);
  await using uplink = uplinkFor(outbox, await hub.start());
  await expect.poll(() => outbox.ackedRanges.covers({ from: 1, to: 101 })).toBe(true);
  outbox.append('later');
  uplink.grown();
  await expect.poll(() => outbox.ackedRanges.has(101)).toBe(true);
  expect(contents(ingest, outbox.epoch)).toEqual([...numbered('s', 100), 'later']);
  expect(ingest.epochs.get(outbox.epoch)?.series).toEqual(outbox.definitionsOf);
});

test('a hub that comes late or comes back gets what it lacks, and only that', async () => {
  const ingest = memoryIngest();
  const first = hubFor(ingest);
  const port = await first.start();
  await first[Symbol.asyncDispose]();
  const outbox = new MemoryOutbox();
  for (const content of numbered('s', 20)) outbox.append(content);
  await using uplink = uplinkFor(outbox, port);
  await expect.poll(() => uplink.state).toBe('waiting');

  const second = hubFor(ingest, port);
  await second.start();
  await expect.poll(() => outbox.ackedRanges.covers({ from: 1, to: 21 })).toBe(true);
  await second[Symbol.asyncDispose]();

  // The acks are lost with the agent's memory: the hub's welcome restores them.
  for (const content of numbered('t', 20)) outbox.append(content);
  outbox.ackedRanges = new MemoryOutbox().ackedRanges;
  await using third = hubFor(ingest, port);
  await third.start();
  await expect.poll(() => outbox.ackedRanges.covers({ from: 1, to: 41 })).toBe(true);
  expect(contents(ingest, outbox.epoch)).toEqual([...numbered('s', 20), ...numbered('t', 20)]);
});

test.each([
  ['the hub is ahead', 5],
  ['another history has passed the hub', 30],
])('an outbox put back from a copy while %s gets a new epoch and loses nothing new', async (_case, appendedSince) => {
  const ingest = memoryIngest();
  await using hub = hubFor(ingest);
  const port = await hub.start();
  const outbox = new MemoryOutbox();
  for (const content of numbered('before', 10)) outbox.append(content);
  const copy = outbox.copy();
  for (const content of numbered('after', 10)) outbox.append(content);
  {
    await using _uplink = uplinkFor(outbox, port);
    await expect.poll(() => outbox.ackedRanges.covers({ from: 1, to: 21 })).toBe(true);
  }
  const oldEpoch = copy.epoch;
  const fresh = numbered('new', appendedSince);
  for (const content of fresh) copy.append(content);
  await using uplink = uplinkFor(copy, port);
  await expect
    .poll(() => copy.epoch !== oldEpoch && copy.ackedRanges.covers({ from: 1, to: 11 + appendedSince }))
    .toBe(true);
  expect(uplink.state).toBe('connected');
  expect(contents(ingest, copy.epoch)).toEqual([...numbered('before', 10), ...fresh]);
  expect(contents(ingest, oldEpoch)).toEqual([...numbered('before', 10), ...numbered('after', 10)]);
});

test('a segment that the hub refuses twice is given up, said to the hub, and all that follows arrives', async () => {
  const ingest = memoryIngest();
  const store = ingest.store.bind(ingest);
  const refusals: number[] = [];
  ingest.store = async (segment) => {
    if (!Buffer.from(segment.bytes).equals(Buffer.from('bad'))) return store(segment);
    refusals.push(segment.from);
    return { refused: 'malformed', message: 'this cannot be decoded' };
  };
  const shed: ShedRange[] = [];
  ingest.report = async (report) => void shed.push(...report.shed);
  await using hub = hubFor(ingest);
  const outbox = new MemoryOutbox();
  for (const content of ['s0', 'bad', 's1', 's2']) outbox.append(content);
  await using uplink = uplinkFor(outbox, await hub.start());
  await expect
    .poll(() => shed)
    .toEqual([{ lane: 2, from: 2, to: 3, samples: 1, reason: 'refused', firstTime: null, lastTime: null }]);
  await expect.poll(() => outbox.ackedRanges.covers({ from: 1, to: 5 })).toBe(true);
  expect(contents(ingest, outbox.epoch)).toEqual(['s0', 's1', 's2']);
  expect(refusals).toEqual([2, 2]);
  expect(uplink.state).toBe('connected');
});

test('a segment is not given up for a moment of trouble at the hub', async () => {
  const ingest = memoryIngest();
  let refusals = 0;
  ingest.store = async () => {
    refusals++;
    return { refused: 'malformed', message: 'this cannot be decoded' };
  };
  await using hub = hubFor(ingest);
  const outbox = new MemoryOutbox();
  outbox.append('good');
  await using _uplink = uplinkFor(outbox, await hub.start(), { giveUpAfterMs: 60_000 });
  await expect.poll(() => refusals).toBeGreaterThanOrEqual(3);
  expect(outbox.closed).toEqual([]);
});

test('what the outbox has given up is said once a connection, a bounded part in each report', async () => {
  const ingest = memoryIngest();
  const reports: number[] = [];
  ingest.report = async ({ shed }) => void reports.push(shed.length);
  await using hub = hubFor(ingest);
  const outbox = new MemoryOutbox();
  outbox.closed = Array.from({ length: 300 }, (_, i) => ({
    lane: 2,
    sequences: { from: i + 1, to: i + 2 },
    samples: 1,
    reason: 'damaged',
    times: null,
    epoch: outbox.epoch,
  }));
  await using _uplink = uplinkFor(outbox, await hub.start());
  await expect.poll(() => reports).toEqual([256, 44]);
});

test('what the journal has lost is told whole when it changes, and what the outbox gave up with the epoch it was in', async () => {
  const ingest = memoryIngest();
  const reports: { epochs: unknown[]; lost: number | undefined }[] = [];
  ingest.report = async ({ shed, journal }) =>
    void reports.push({
      epochs: shed.map(({ epoch }) => epoch),
      lost: journal?.losses.reduce((sum, { samples }) => sum + samples, 0),
    });
  await using hub = hubFor(ingest);
  const outbox = new MemoryOutbox();
  const loss = { source: 'tcp', reason: 'quota', entries: 1, sequences: { from: 1, to: 2 }, times: null } as const;
  outbox.lost = { epoch: 'e'.repeat(32), losses: [{ ...loss, samples: 5 }] };
  const before = '0'.repeat(32);
  outbox.closed = [before, outbox.epoch].map((epoch, i) => {
    return { lane: 2, sequences: { from: i + 1, to: i + 2 }, samples: 1, reason: 'quota', times: null, epoch };
  });
  await using _uplink = uplinkFor(outbox, await hub.start());
  await expect.poll(() => reports).toEqual([{ epochs: [before, undefined], lost: 5 }]);
  outbox.lost = { ...outbox.lost, losses: [{ ...loss, samples: 7 }] };
  await expect.poll(() => reports.slice(1)).toEqual([{ epochs: [], lost: 7 }]);
});

test('a message that does not follow the schema ends the connection, which says why', async () => {
  await using hub = hubFor(memoryIngest());
  const port = await hub.start();
  const outbox = new MemoryOutbox();
  const state = outbox.state.bind(outbox);
  // An epoch that is not 16 bytes is what a peer that is not ours would send.
  outbox.state = async () => ({ ...(await state()), epoch: 'ab' });
  await using uplink = uplinkFor(outbox, port);
  await expect.poll(() => uplink.state).toBe('waiting');
  expect(uplink.detail).toMatch(/deserializ/i);
});
