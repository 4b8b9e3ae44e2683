import { join } from 'node:path';
import { MAX_PATH_BYTES, BatchBuilder, crc32c, encodeSegment, Lane, RangeSet } from '@sluis/protocol';
import { UserError } from '@sluis/runtime';
import Database from 'better-sqlite3';
import * as fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { temporaryFolder } from '../../test/temporary-folder.ts';
import { openDatabase, SCHEMA_VERSION, STEPS } from './database.ts';
import type { AgentHello, AgentSegment, StoreOutcome } from './ingest-store.ts';
import { NO_FLOOR } from './sample-files.ts';
import type { StoredSegment } from './statements.ts';
import { Store } from './store.ts';

const epoch = 'a'.repeat(32);
const hello: AgentHello = { agent: 'press-1', site: 'lab', software: 'test 1', epoch, lanes: [], now: 1_000 };
const series = ['lab/a', 'lab/b'].map((path) => ({ path, unit: 'Cel' }));

let folder: ReturnType<typeof temporaryFolder>;
let store: Store;

beforeEach(() => {
  folder = temporaryFolder();
  store = opened();
});

afterEach(() => {
  store[Symbol.dispose]();
  folder[Symbol.dispose]();
});

function opened(maxSeries = 1000, maxPathBytes?: number): Store {
  return new Store({
    database: openDatabase(folder.path),
    maxSeries,
    ...(maxPathBytes !== undefined && { maxPathBytes }),
  });
}

function reopen(): void {
  store[Symbol.dispose]();
  store = opened();
}

function committed<T>(work: () => T): T {
  let result: T | undefined;
  store.commit(() => void (result = work()));
  return result as T;
}

function begin(): void {
  committed(() => store.open(hello));
  committed(() => store.define({ agent: hello.agent, epoch, first: 0, series }));
}

/** A segment whose samples tell its sequences, so that no two are alike. */
function segment(from: number, to = from + 1, lane: Lane = Lane.data): AgentSegment {
  const builder = new BatchBuilder();
  for (let sequence = from; sequence < to; sequence++) builder.double(sequence % 2, sequence, sequence);
  const { bytes, crc, samples } = encodeSegment(builder.take(), { effort: 'fast' });
  return { agent: hello.agent, epoch, lane, from, to, samples, crc, seriesBound: series.length, bytes };
}

function put(next: AgentSegment): StoreOutcome {
  return committed(() => store.store(next));
}

function all(): StoredSegment[] {
  return store.segmentsAfter(0, Number.MAX_SAFE_INTEGER);
}

test('a segment is stored verbatim, and is there after a restart', () => {
  begin();
  expect(put(segment(0))).toBe('stored');
  reopen();
  expect(all()).toEqual([
    { id: 1, epoch: 1, lane: Lane.data, from: 0, to: 1, samples: 1, bytes: Buffer.from(segment(0).bytes) },
  ]);
  expect(store.lastSegment).toBe(1);
  expect(store.hotRows).toBe(1);
});

test('any order with repeats and restarts leaves each sequence once', () => {
  begin();
  const lengths = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 12 });
  const runs = lengths.chain((list) => {
    const ends = list.map((_, i) => list.slice(0, i + 1).reduce((sum, length) => sum + length, 0));
    const ranges = ends.map((to, i) => ({ from: to - list[i], to }));
    const indexes = fc.array(fc.record({ range: fc.nat(ranges.length - 1), restart: fc.boolean() }), { maxLength: 30 });
    return fc.record({ ranges: fc.constant(ranges), sends: indexes });
  });
  let round = 0;
  fc.assert(
    fc.property(runs, ({ ranges, sends }) => {
      const name = (++round).toString(16).padStart(32, '0');
      const open = () => committed(() => store.open({ ...hello, epoch: name }));
      open();
      committed(() => store.define({ agent: hello.agent, epoch: name, first: 0, series }));
      const before = all().length;
      const totals = store.agents()[0].acked;
      const sent = new Set<number>();
      for (const { range, restart } of sends) {
        const { from, to } = ranges[range];
        expect(put({ ...segment(from, to), epoch: name })).toBe(sent.has(range) ? 'repeat' : 'stored');
        sent.add(range);
        if (restart) store = (store[Symbol.dispose](), opened());
      }
      const stored = all().slice(before);
      const expected = [...sent].map((index) => ranges[index]);
      expect(stored.map(({ from, to }) => ({ from, to }))).toEqual(expected);
      for (const { from, to, bytes } of stored) expect(Buffer.compare(bytes, segment(from, to).bytes)).toBe(0);
      const { received } = open();
      expect(received.flatMap((lane) => lane.ranges)).toEqual(new RangeSet(expected).ranges);
      const highest = expected.toSorted((a, b) => b.to - a.to).at(0);
      if (highest) expect(received[0].highestCrc).toBe(segment(highest.from, highest.to).crc);
      const samples = expected.reduce((sum, { from, to }) => sum + to - from, 0);
      const { acked } = store.agents()[0];
      expect(acked.samples - totals.samples).toBe(samples);
      expect(acked.segments - totals.segments).toBe(expected.length);
    }),
    { numRuns: 25 },
  );
});

test('another segment in the place of the highest is no repeat: its history is not the one that the hub has', () => {
  begin();
  expect(put(segment(0))).toBe('stored');
  const other = segment(1);
  expect(put({ ...other, from: 0, to: 1 })).toMatchObject({ refused: 'conflict' });
  expect(put(segment(0))).toBe('repeat');
  expect(put(segment(1))).toBe('stored');
  expect(all()).toHaveLength(2);
});

test('lanes and epochs have sequences of their own', () => {
  begin();
  expect(put(segment(0, 1, Lane.data))).toBe('stored');
  expect(put(segment(0, 1, Lane.alarm))).toBe('stored');
  const other = 'b'.repeat(32);
  committed(() => store.open({ ...hello, epoch: other }));
  committed(() => store.define({ agent: hello.agent, epoch: other, first: 0, series }));
  expect(put({ ...segment(0), epoch: other })).toBe('stored');
  expect(put(segment(0))).toBe('repeat');
  expect(all().map((stored) => [stored.epoch, stored.lane])).toEqual([
    [1, Lane.data],
    [1, Lane.alarm],
    [2, Lane.data],
  ]);
});

test('what would be lost to readers is refused and leaves no trace', () => {
  begin();
  const good = segment(0);
  const flipped = good.bytes.slice();
  flipped[flipped.length >> 1] ^= 1;
  expect(put({ ...good, bytes: flipped })).toMatchObject({ refused: 'checksum' });
  expect(put({ ...good, crc: good.crc ^ 1 })).toMatchObject({ refused: 'checksum' });
  expect(put({ ...good, bytes: new Uint8Array(3) })).toMatchObject({ refused: 'malformed' });
  expect(put({ ...good, samples: 2 })).toMatchObject({ refused: 'malformed' });
  expect(put({ ...good, seriesBound: 0 })).toMatchObject({ refused: 'malformed' });
  expect(put({ ...good, seriesBound: 3 })).toMatchObject({ refused: 'undefined-series' });
  const later = good.bytes.slice();
  later[0]++;
  new DataView(later.buffer).setUint32(later.length - 4, crc32c(later.subarray(0, -4)), true);
  expect(put({ ...good, bytes: later })).toMatchObject({ refused: 'version' });
  expect(all()).toEqual([]);
  expect(store.agents()[0].acked).toEqual({ samples: 0, segments: 0, bytes: 0 });
  expect(put(good)).toBe('stored');
});

test('definitions are a dense prefix: repeats are harmless, gaps and changes are refused', () => {
  committed(() => store.open(hello));
  const define = (first: number, paths: string[]) =>
    committed(() =>
      store.define({ agent: hello.agent, epoch, first, series: paths.map((path) => ({ path, unit: '' })) }),
    );
  expect(define(0, ['lab/a'])).toEqual({ knownSeries: 1 });
  expect(define(0, ['lab/a', 'lab/b'])).toEqual({ knownSeries: 2 });
  expect(define(1, ['lab/b'])).toEqual({ knownSeries: 2 });
  expect(define(3, ['lab/d'])).toMatchObject({ refused: 'gap' });
  expect(define(1, ['lab/c'])).toMatchObject({ refused: 'conflict' });
  reopen();
  expect(define(2, ['lab/c'])).toEqual({ knownSeries: 3 });
  expect(store.definitionsFrom(1, 0)).toEqual([1, 2, 3]);
});

test('an id whose definition the agent itself has lost keeps its number and names no series', () => {
  committed(() => store.open(hello));
  const definitions = ['', 'lab/b'].map((path) => ({ path, unit: '' }));
  const define = () => committed(() => store.define({ agent: hello.agent, epoch, first: 0, series: definitions }));
  expect(define()).toEqual({ knownSeries: 2 });
  expect(define()).toEqual({ knownSeries: 2 });
  reopen();
  expect(define()).toEqual({ knownSeries: 2 });
  expect(store.definitionsFrom(1, 0)).toEqual([0, 1]);
  expect(store.seriesAfter(0, 10).map(({ path }) => path)).toEqual(['lab/b']);
});

test('a path is one series of the hub in every epoch', () => {
  begin();
  const other = { ...hello, agent: 'press-2', epoch: 'c'.repeat(32) };
  committed(() => store.open(other));
  committed(() =>
    store.define({
      agent: other.agent,
      epoch: other.epoch,
      first: 0,
      series: [series[1], { path: 'lab/c', unit: '' }],
    }),
  );
  expect(store.definitionsFrom(2, 0)).toEqual([2, 3]);
  expect(store.seriesAfter(0, 10).map(({ path }) => path)).toEqual(['lab/a', 'lab/b', 'lab/c']);
});

test('series beyond the limit, and invalid ones, are dropped and counted once; known ones go on', () => {
  store[Symbol.dispose]();
  store = opened(1);
  committed(() => store.open(hello));
  const definitions = ['lab/a', 'lab/b', 'a\0b', 'x'.repeat(MAX_PATH_BYTES + 1)].map((path) => ({ path, unit: '' }));
  const define = (first: number, some = definitions) =>
    store.define({ agent: hello.agent, epoch, first, series: some });
  let outcome: unknown;
  const { dropped } = store.commit(() => void (outcome = define(0)));
  expect(outcome).toEqual({ knownSeries: 4 });
  expect(dropped.map(({ reason, samples, path }) => [reason, samples, path])).toEqual([
    ['series limit', 0, 'lab/b'],
    ['invalid series', 0, 'a\0b'],
    ['invalid series', 0, definitions[3].path],
  ]);
  expect(committed(() => define(4, [{ path: 'lab/a', unit: '' }]))).toEqual({ knownSeries: 5 });
  expect(committed(() => define(5, [{ path: 'lab/a', unit: 'x'.repeat(65) }]))).toEqual({ knownSeries: 6 });
  expect(committed(() => define(0))).toEqual({ knownSeries: 6 });
  expect(store.definitionsFrom(1, 0)).toEqual([1, 0, 0, 0, 1, 0]);
  expect(store.seriesAfter(0, 10).map(({ path }) => path)).toEqual(['lab/a']);

  const builder = new BatchBuilder();
  for (const [id, rows] of [5, 4, 3, 2, 1, 0].entries()) for (let t = 0; t < rows; t++) builder.double(id, t, t);
  const { bytes, crc, samples } = encodeSegment(builder.take(), { effort: 'fast' });
  const one = { ...segment(0), samples, crc, seriesBound: 6, bytes };
  const counted = { 'series limit': 4, 'invalid series': 5 };
  expect(put(one)).toBe('stored');
  expect(store.agents()[0]).toMatchObject({ acked: { samples: 15 }, dropped: counted });
  expect(put(one)).toBe('repeat');
  expect(() =>
    store.commit(() => {
      store.store({ ...one, from: 1, to: 2 });
      throw new Error('the disk is full');
    }),
  ).toThrow('the disk is full');
  store[Symbol.dispose]();
  store = opened(1);
  expect(store.agents()[0].dropped).toEqual(counted);
  expect(put({ ...one, from: 1, to: 2 })).toBe('stored');
  expect(store.agents()[0].dropped).toEqual({ 'series limit': 8, 'invalid series': 10 });
});

test('series whose paths take more than they may together are dropped; what was undone takes no room', () => {
  const define = (first: number, ...paths: string[]) =>
    store.define({ agent: hello.agent, epoch, first, series: paths.map((path) => ({ path, unit: '' })) });
  for (let again = 0; again < 2; again++) {
    store[Symbol.dispose]();
    store = opened(1000, 11);
    committed(() => store.open(hello));
    expect(() =>
      store.commit(() => {
        define(0, 'lab/a', 'lab/é');
        throw new Error('the disk is full');
      }),
    ).toThrow('the disk is full');
    committed(() => define(0, 'lab/a', 'lab/long', 'lab/é', 'x'));
    expect(store.seriesAfter(0, 10).map(({ path }) => path)).toEqual(['lab/a', 'lab/é']);
  }
});

test.for(STEPS.map((_, index) => index + 1))('a store of version %i is brought up to this one', (version) => {
  store[Symbol.dispose]();
  const other = temporaryFolder();
  try {
    const database = new Database(join(other.path, 'store.sqlite'));
    for (const step of STEPS.slice(0, version)) database.exec(step);
    database.pragma(`user_version = ${version}`);
    const { crc, bytes } = segment(0);
    database.exec(`
      INSERT INTO agents (id, site, software, last_seen) VALUES ('press-1', 'lab', 'test', 1);
      INSERT INTO epochs (ordinal, site, agent, epoch, first_seen) VALUES (1, 'lab', 'press-1', '${epoch}', 1);
      INSERT INTO series (id, site, path, unit) VALUES (1, 'lab', 'lab/a', 'Cel');
      INSERT INTO definitions (epoch, id, series) VALUES (1, 0, 1);
      INSERT INTO received VALUES (1, 2, 0, 1)`);
    database
      .prepare('INSERT INTO segments (epoch, lane, first, next, samples, crc, bytes) VALUES (1, 2, 0, 1, 1, ?, ?)')
      .run(crc, bytes);
    database.close();
    const from: number[] = [];
    const upgraded = (earlier: number): void => void from.push(earlier);
    store = new Store({ database: openDatabase(other.path, { upgraded }), maxSeries: 1 });
    expect(from).toEqual(version === SCHEMA_VERSION ? [] : [version]);
    expect(store.hotRows).toBe(1);
    expect(all()).toMatchObject([{ id: 1, bytes: Buffer.from(bytes) }]);
    begin();
    expect(store.definitionsFrom(1, 0)).toEqual([1, 0]);
    expect(put(segment(0))).toBe('repeat');
    expect(put(segment(1))).toBe('stored');
    expect(store.fileView()).toEqual({ generation: 1, through: 0, floor: NO_FLOOR, files: [] });
  } finally {
    store[Symbol.dispose]();
    other[Symbol.dispose]();
    store = opened();
  }
});

test('files take the place of segments, which are deleted bit by bit', () => {
  begin();
  const outcomes = committed(() => Array.from({ length: 300 }, (_, from) => store.store(segment(from))));
  expect(new Set(outcomes)).toEqual(new Set(['stored']));
  const file = {
    id: 1,
    group: 299,
    rows: 299,
    bytes: 5,
    firstTime: 0,
    lastTime: 298,
    firstSeries: 'a',
    lastSeries: 'b',
  };
  const paths = {
    path: join(folder.path, 'samples', '1.parquet'),
    seriesPath: join(folder.path, 'samples', '1.series.parquet'),
  };
  const checksums = { crc: 7, seriesCrc: 8 };
  committed(() => store.changeFiles({ add: [{ ...file, ...paths, ...checksums }], remove: [], through: 299, now: 1 }));
  expect(store.fileChecksums()).toEqual(new Map([[1, checksums]]));
  const counted = { ...file, ...paths, ...checksums };
  expect(store.fileView()).toEqual({ generation: 2, through: 299, floor: NO_FLOOR, files: [counted] });
  const bytesOfLast = all()[0].bytes.byteLength;
  expect([store.hotRows, store.hotBytes, all().map(({ id }) => id)]).toEqual([1, bytesOfLast, [300]]);
  expect(committed(() => store.discardSegments())).toBe(256);
  reopen();
  expect([store.hotRows, store.hotBytes, all().map(({ id }) => id)]).toEqual([1, bytesOfLast, [300]]);
  expect([committed(() => store.discardSegments()), committed(() => store.discardSegments())]).toEqual([43, 0]);
  expect(put(segment(0))).toBe('repeat');
  expect(() => committed(() => store.changeFiles({ add: [], remove: [2], through: 300, now: 1 }))).toThrow('file 2');
  expect([store.hotRows, store.fileView().generation]).toEqual([1, 2]);
  committed(() => store.changeFiles({ add: [], remove: [1], floor: 7, now: 2 }));
  expect(store.fileView()).toEqual({ generation: 3, through: 299, floor: 7, files: [] });
  for (const [floor, expected] of [
    [undefined, 7],
    [5, 7],
    [9, 9],
  ] as const) {
    committed(() => store.changeFiles({ add: [], remove: [], ...(floor !== undefined && { floor }), now: 2 }));
    expect(store.fileView().floor).toBe(expected);
  }
  reopen();
  expect(store.fileView().floor).toBe(9);
  expect(store.lastFile()).toBe(1);
  expect(put(segment(300))).toBe('stored');
  expect(store.lastSegment).toBe(301);
});

test('what lies below the lowest that an agent holds and never came is a gap; what comes nevertheless is none', () => {
  begin();
  put(segment(2, 4));
  committed(() => store.open({ ...hello, lanes: [{ lane: Lane.data, first: 0, lowest: 6, next: 8 }] }));
  const gaps = () => store.agents()[0].gaps.map(({ from, to, samples, reason }) => [from, to, samples, reason]);
  expect(gaps()).toEqual([
    [0, 2, null, 'missing'],
    [4, 6, null, 'missing'],
  ]);
  const shed = [{ lane: Lane.data, from: 4, to: 6, samples: 12, reason: 'quota' }];
  const report = { agent: hello.agent, epoch, backlogSamples: 5, backlogBytes: 50, shed, now: 2_000 };
  committed(() => store.report(report));
  committed(() => store.report(report));
  expect(gaps()).toEqual([
    [0, 2, null, 'missing'],
    [4, 6, 12, 'quota'],
  ]);
  put(segment(0, 2));
  expect(gaps()).toEqual([[4, 6, 12, 'quota']]);
  expect(store.agents()[0]).toMatchObject({ backlog: { samples: 5, bytes: 50 }, lastSeen: 2_000, site: 'lab' });
});

test('totals and what was last heard survive a restart; a connection does not', () => {
  begin();
  committed(() => store.connected(hello.agent, true, 3_000));
  const { bytes } = segment(0, 3);
  put(segment(0, 3));
  expect(store.agents()).toMatchObject([{ id: 'press-1', connected: true, lastSeen: 3_000 }]);
  reopen();
  expect(store.agents()).toMatchObject([
    { connected: false, lastSeen: 3_000, acked: { samples: 3, segments: 1, bytes: bytes.length } },
  ]);
});

test('a transaction that fails changes nothing, in the file and in memory', () => {
  begin();
  put(segment(0));
  expect(() =>
    store.commit(() => {
      store.store(segment(1));
      store.define({ agent: hello.agent, epoch, first: 2, series: [{ path: 'lab/c', unit: '' }] });
      throw new Error('the disk is full');
    }),
  ).toThrow('the disk is full');
  expect(store.lastSegment).toBe(1);
  expect(store.hotRows).toBe(1);
  expect(committed(() => store.define({ agent: hello.agent, epoch, first: 2, series: [] }))).toEqual({
    knownSeries: 2,
  });
  expect(put(segment(1))).toBe('stored');
  expect(all().map(({ from }) => from)).toEqual([0, 1]);
});

test('every opening commits to the disk, and leaves files of a newer version alone', () => {
  for (let i = 0; i < 2; i++) {
    reopen();
    store[Symbol.dispose]();
    const database = openDatabase(folder.path);
    expect(database.pragma('synchronous', { simple: true })).toBe(2);
    expect(database.pragma('journal_mode', { simple: true })).toBe('wal');
    expect(database.pragma('page_size', { simple: true })).toBe(16384);
    if (i === 1) database.pragma(`user_version = ${SCHEMA_VERSION + 1}`);
    database.close();
  }
  expect(() => openDatabase(folder.path)).toThrow(UserError);
});
