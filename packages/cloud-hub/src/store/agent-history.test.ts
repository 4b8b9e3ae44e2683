import { BatchBuilder, encodeSegment, Lane } from '@sluis/protocol';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { temporaryFolder } from '../../test/temporary-folder.ts';
import { openDatabase } from './database.ts';
import type { AgentHello, AgentSegment, StoreOutcome } from './ingest-store.ts';
import { Store } from './store.ts';

const agent = 'press-1';
const [epoch, reminted, otherOutbox] = [
  `${'a'.repeat(16)}${'1'.repeat(16)}`,
  `${'a'.repeat(16)}${'2'.repeat(16)}`,
  'b'.repeat(32),
];
const instance = '7'.repeat(32);

let folder: ReturnType<typeof temporaryFolder>;
let store: Store;

beforeEach(() => {
  folder = temporaryFolder();
  store = new Store({ database: openDatabase(folder.path), maxSeries: 10 });
});

afterEach(() => {
  store[Symbol.dispose]();
  folder[Symbol.dispose]();
});

function committed<T>(work: () => T): T {
  let result: T | undefined;
  store.commit(() => void (result = work()));
  return result as T;
}

function open(of = epoch, lanes: AgentHello['lanes'] = []) {
  const opened = committed(() =>
    store.open({ agent, site: 'lab', software: 'test', epoch: of, instance, lanes, now: 1 }),
  );
  committed(() => store.define({ agent, epoch: of, first: 0, series: [{ path: 'lab/a', unit: '' }] }));
  return opened;
}

function segment(from: number, to = from + 1, of = epoch): AgentSegment {
  const builder = new BatchBuilder();
  for (let sequence = from; sequence < to; sequence++) builder.double(0, sequence, sequence);
  const { bytes, crc, samples } = encodeSegment(builder.take(), { effort: 'fast' });
  return { agent, epoch: of, lane: Lane.data, from, to, samples, crc, seriesBound: 1, bytes };
}

/** The segments of a range joined: the last of them is remembered as it is by itself. */
const joined = (from: number, to: number): AgentSegment => ({ ...segment(from, to), lastCrc: segment(to - 1).crc });

function put(next: AgentSegment): StoreOutcome {
  return committed(() => store.store(next));
}

function backlog(samples: number): void {
  committed(() => store.report({ agent, epoch, backlogSamples: samples, backlogBytes: 1, shed: [], now: 2 }));
}

const gaps = () => store.agents()[0].gaps;
const unknown = { samples: null, firstTime: null, lastTime: null };

test('joined segments look like the history that they were joined from', () => {
  open();
  expect(put(joined(1, 5))).toBe('stored');
  expect(open().received).toEqual([{ lane: Lane.data, ranges: [{ from: 1, to: 5 }], highestCrc: segment(4).crc }]);
  expect(put(segment(4))).toBe('repeat');
  expect(put(joined(2, 5))).toBe('repeat');
  expect(put({ ...joined(2, 5), lastCrc: 1 })).toMatchObject({ refused: 'conflict' });
});

test('joined segments of which a part is here are refused: they would count twice, and the agent is told what is here', () => {
  open();
  expect(put(segment(3))).toBe('stored');
  for (const [from, to] of [
    [1, 4],
    [3, 6],
    [1, 6],
  ]) {
    expect(put(joined(from, to))).toMatchObject({ refused: 'conflict' });
  }
  expect(put(joined(1, 3))).toBe('stored');
  expect(put(joined(4, 6))).toBe('stored');
  expect(open().received[0].ranges).toEqual([{ from: 1, to: 6 }]);
  expect(store.agents()[0].acked.samples).toBe(5);
});

test('another outbox while the one before had something to send: the rest of that is lost, as much as it last said', () => {
  open();
  put(segment(1));
  put(segment(5));
  backlog(40);
  expect(open(otherOutbox)).toMatchObject({ received: [], lost: { epoch, samples: 40 } });
  const lost = { epoch, lane: 'data', reason: 'outbox lost' };
  expect(gaps()).toEqual([
    { ...lost, ...unknown, from: 2, to: 5 },
    { ...lost, ...unknown, from: 6, to: 2 ** 46, samples: 40 },
  ]);
  expect(store.gapsOf('lab/a', 0, 10)).toHaveLength(2);
  // It comes back, after all: it was another agent's with the same name, or was found again.
  committed(() => store.outboxFound(agent, epoch));
  expect(gaps()).toEqual([]);
});

test('an outbox that begins again with a new epoch has lost nothing', () => {
  open();
  put(segment(1));
  backlog(40);
  expect(open(reminted).lost).toBeUndefined();
  expect(gaps()).toEqual([]);
});

test('another outbox after one that had sent all leaves no gap, and is told', () => {
  open();
  put(segment(1));
  backlog(0);
  expect(open(otherOutbox).lost).toEqual({ epoch, samples: 0 });
  expect(gaps()).toEqual([]);
});

test('an outbox that was taken for lost and says hello again is not lost', () => {
  open();
  backlog(40);
  open(otherOutbox);
  expect(gaps()).toHaveLength(1);
  open();
  expect(gaps()).toEqual([]);
});

test('what sessions find wrong with an agent is shown until it is right', () => {
  open();
  store.problem(agent, 'two of them');
  expect(store.agents()[0].problem).toBe('two of them');
  store.problem(agent, null);
  expect(store.agents()[0].problem).toBeNull();
});

test('a store that is started again under a connection shows it with the next report', () => {
  open();
  store.connected(agent, true, 1);
  store[Symbol.dispose]();
  store = new Store({ database: openDatabase(folder.path), maxSeries: 10 });
  expect(store.agents()[0].connected).toBe(false);
  backlog(0);
  expect(store.agents()[0].connected).toBe(true);
});

test('numbers that an agent gave to nothing are no gap, whether it says so before or after they are missed', () => {
  const lane = Lane.data;
  const hello = (lowest: number) => open(epoch, [{ lane, first: 1, lowest, next: 9 }]);
  const shed = [{ lane, from: 2, to: 4, samples: 0, reason: 'burned' }];
  const report = () =>
    committed(() => store.report({ agent, epoch, backlogSamples: 0, backlogBytes: 0, shed, now: 2 }));
  open();
  put(segment(1));
  put(segment(4));
  hello(4);
  expect(gaps()).toMatchObject([{ from: 2, to: 4, reason: 'missing' }]);
  report();
  expect(gaps()).toEqual([]);
  expect(store.gapsOf('lab/a', 0, 10)).toEqual([]);
  hello(5);
  expect(gaps()).toEqual([]);
});

test('what was shed under way and acked is a gap again at a hub that was put back to before it', () => {
  open();
  put(segment(1));
  const shed = [{ lane: Lane.data, from: 2, to: 4, samples: 0, reason: 'quota', firstTime: 2, lastTime: 3 }];
  const report = () =>
    committed(() => store.report({ agent, epoch, backlogSamples: 0, backlogBytes: 0, shed, now: 2 }));
  report();
  expect(gaps()).toMatchObject([{ from: 2, to: 4, samples: null, reason: 'quota', firstTime: 2, lastTime: 3 }]);
  expect(store.gapsOf('lab/a', 0, 10)).toMatchObject([{ samples: null, reason: 'quota' }]);
  put(joined(2, 4));
  expect(gaps()).toEqual([]);
});

const shedFrom = (from: number, to: number, of: string) => {
  return {
    lane: Lane.data,
    from,
    to,
    samples: to - from,
    reason: 'quota',
    firstTime: from,
    lastTime: to - 1,
    epoch: of,
  };
};

function told(of: string, shed: ReturnType<typeof shedFrom>[]) {
  committed(() => store.report({ agent, epoch: of, backlogSamples: 0, backlogBytes: 0, shed, now: 2 }));
  return store.agents()[0].gaps.map(({ epoch: in_, from, to, samples }) => ({ epoch: in_, from, to, samples }));
}

test('what was given up before a new epoch, and is told in that one, is known once', () => {
  open();
  put(segment(1, 3));
  const known = told(epoch, [shedFrom(3, 5, epoch)]);
  expect(known).toEqual([{ epoch, from: 3, to: 5, samples: 2 }]);
  open(reminted);
  const all = [...known, { epoch, from: 5, to: 9, samples: 4 }];
  const shed = [shedFrom(3, 5, epoch), shedFrom(5, 9, epoch)];
  expect(told(reminted, shed)).toEqual(all);
  expect(told(reminted, shed)).toEqual(all);
  expect(store.gapsOf('lab/a', 0, 100).map(({ from, samples }) => [from, samples])).toEqual([
    [3, 2],
    [5, 4],
  ]);
});

test('what a copy of an outbox gave up is missing, though the hub has the same sequences of the other history', () => {
  open();
  put(joined(1, 20));
  open(reminted);
  expect(told(reminted, [shedFrom(3, 9, epoch)])).toEqual([{ epoch: reminted, from: 3, to: 9, samples: 6 }]);
});

test('where the hub has some of them, these are missing in the present epoch, and the samples count once', () => {
  open();
  put(joined(1, 5));
  open(reminted);
  const all = [
    { epoch, from: 5, to: 9, samples: 6 },
    { epoch: reminted, from: 3, to: 5, samples: null },
  ];
  const shed = [shedFrom(3, 9, epoch)];
  expect(told(reminted, shed)).toEqual(all);
  expect(told(reminted, shed)).toEqual(all);
});

test('of an epoch that the hub never saw, the first that it saw of the outbox takes note, over all that follow', () => {
  const [before, later] = ['0', '3'].map((digit) => `${'a'.repeat(16)}${digit.repeat(16)}`);
  open();
  const once = [{ epoch, from: 3, to: 9, samples: 6 }];
  expect(told(epoch, [shedFrom(3, 9, before)])).toEqual(once);
  open(later);
  expect(told(later, [shedFrom(3, 9, before)])).toEqual(once);
});

const beganAt = (first: number) => [{ lane: Lane.data, first, lowest: first, next: first + 5 }];
const missing = (from: number, to: number, of: string) => {
  return { epoch: of, lane: 'data', ...unknown, from, to, reason: 'missing' };
};

test('what an earlier epoch of an outbox had acked is missing at a hub that was put back to before that', () => {
  open(reminted, beganAt(12));
  expect(gaps()).toEqual([missing(1, 12, reminted)]);
  // Of what had been given up there the agent tells: that is no longer just missing.
  const all = [missing(1, 9, reminted), { from: 9, to: 11, reason: 'quota' }, missing(11, 12, reminted)];
  told(reminted, [shedFrom(9, 11, epoch)]);
  expect(gaps()).toMatchObject(all);
  open(reminted, beganAt(12));
  expect(gaps()).toMatchObject(all);
});

test('what is known of earlier epochs of an outbox is not missing in a later one, whether it is told before or after', () => {
  open();
  put(joined(1, 5));
  told(epoch, [shedFrom(5, 9, epoch)]);
  open(reminted, beganAt(12));
  const quota = (from: number, to: number) => ({ epoch, from, to, reason: 'quota' });
  expect(gaps()).toMatchObject([quota(5, 9), missing(9, 12, reminted)]);
  told(reminted, [shedFrom(9, 11, epoch)]);
  const all = [quota(5, 9), quota(9, 11), missing(11, 12, reminted)];
  expect(gaps()).toMatchObject(all);
  open(reminted, beganAt(12));
  expect(gaps()).toMatchObject(all);
  // Another outbox has numbers of its own.
  open(otherOutbox, beganAt(1));
  expect(gaps()).toMatchObject(all);
});

test('what the journal of an agent lost is told with its gaps, and with its series where times meet; a repeat changes nothing', () => {
  open();
  const losses = [
    { source: 'tcp', reason: 'quota', samples: 7, sequences: { from: 4, to: 9 }, firstTime: 10, lastTime: 19 },
    { source: '', reason: 'damaged', samples: 2, sequences: { from: 2, to: 3 }, firstTime: null, lastTime: null },
  ];
  const journal = { epoch: 'e'.repeat(32), losses };
  const report = { agent, epoch, backlogSamples: 0, backlogBytes: 0, shed: [], now: 2 };
  expect(store.hasGaps).toBe(false);
  for (let i = 0; i < 2; i++) {
    committed(() => store.report({ ...report, journal }));
    committed(() => store.report(report));
    expect(store.agents()[0].gaps).toEqual(
      losses.map(({ sequences, ...loss }) => ({ lane: 'journal', epoch: journal.epoch, ...loss, ...sequences })),
    );
  }
  expect(store.hasGaps).toBe(true);
  const quota = { from: 10, to: 19, samples: 7, reason: 'quota', agent, source: 'tcp' };
  const damaged = { from: null, to: null, samples: 2, reason: 'damaged', agent, source: '' };
  expect(store.gapsOf('lab/a', 19, 30)).toEqual([damaged, quota]);
  expect(store.gapsOf('lab/a', 20, 30)).toEqual([damaged]);
  expect(store.gapsOf('lab/b', 0, 30)).toEqual([]);
});
