import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BatchBuilder, encodeSegment, Lane } from '@sluis/protocol';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { countedRows, type FakeRow, FakeWriter } from '../../test/fake-writer.ts';
import { temporaryFolder } from '../../test/temporary-folder.ts';
import { Compaction } from './compaction.ts';
import type { CompactionOptions, DoneWork } from './compaction-options.ts';
import { openDatabase, samplesFolder } from './database.ts';
import { DamagedFileError } from './sample-files.ts';
import { SamplesFolder } from './samples-folder.ts';
import { Store } from './store.ts';

const agent = 'press-1';
const epoch = 'a'.repeat(32);
const NEWEST = Number.MAX_SAFE_INTEGER;
const rules = { hotRows: 10, fanIn: 3, maxGroupRows: 500 };

let folder: ReturnType<typeof temporaryFolder>;
let store: Store;
let writer: FakeWriter;
let compaction: Compaction;
let troubles: (string | undefined)[];
let published: number;
let work: DoneWork[];
let viewing: boolean;
let oldestView: number;
let sequence: number;

beforeEach(async () => {
  folder = temporaryFolder();
  sequence = 0;
  await open();
  store.commit(() => {
    store.open({ agent, site: 'lab', software: 'test', epoch, lanes: [], now: 1 });
    store.define({
      agent,
      epoch,
      first: 0,
      series: [
        { path: 'lab/a', unit: '' },
        { path: 'lab/b', unit: '' },
      ],
    });
  });
});

afterEach(async () => {
  await close();
  folder[Symbol.dispose]();
});

async function open(options: Partial<CompactionOptions> = {}): Promise<void> {
  store = new Store({ database: openDatabase(folder.path), maxSeries: 100 });
  writer = new FakeWriter(store);
  troubles = [];
  published = 0;
  work = [];
  viewing = false;
  oldestView = NEWEST;
  compaction = new Compaction({
    store,
    commit: async (work) => committed(work),
    folder: new SamplesFolder(samplesFolder(folder.path)),
    writer,
    life: 'test',
    rules,
    limits: { retention: [], maxBytes: NEWEST },
    maxHotRows: 40,
    maxHotBytes: NEWEST,
    rowsPerFile: 25,
    now: () => 1_000,
    isDiskFull: () => false,
    published() {
      published++;
      // As a query process does that is sent each view.
      if (viewing)
        compaction.answered(
          { loaded: store.lastSegment, full: ends(), damaged: [], oldestView },
          store.fileView().generation,
        );
    },
    done: (done) => work.push(done),
    troubled: (_, reason) => troubles.push(reason),
    ...options,
  });
  await compaction.start();
}

async function close(): Promise<void> {
  await compaction[Symbol.asyncDispose]();
  store[Symbol.dispose]();
}

function committed<T>(work: () => T): T {
  let result: T | undefined;
  store.commit(() => void (result = work()));
  return result as T;
}

/** A segment of ten rows, five of each series, at times of its own. */
function put(): number {
  const builder = new BatchBuilder();
  for (let i = 0; i < 10; i++) builder.double(i % 2, sequence * 10 + i, sequence);
  const { bytes, crc, samples } = encodeSegment(builder.take(), { effort: 'fast' });
  const from = sequence++;
  committed(() =>
    store.store({ agent, epoch, lane: Lane.data, from, to: from + 1, samples, crc, seriesBound: 2, bytes }),
  );
  return store.lastSegment;
}

/** Ends of hot tables: each holds one segment. */
function ends(): number[] {
  const { through } = store.fileView();
  return Array.from({ length: store.lastSegment - through }, (_, i) => through + 1 + i);
}

/** There is a query process, whose queries read no view older than this. */
function full(oldest = NEWEST): void {
  viewing = true;
  oldestView = oldest;
  compaction.answered(
    { loaded: store.lastSegment, full: ends(), damaged: [], oldestView },
    store.fileView().generation,
  );
}

/** Polls: a busy disk takes its time. */
function eventually(check: () => void): Promise<void> {
  return vi.waitFor(check, { timeout: 90_000, interval: 5 });
}

function byRow(a: FakeRow, b: FakeRow): number {
  return a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
}

function names(): string[] {
  return readdirSync(samplesFolder(folder.path)).sort();
}

function namesThatCount(): string[] {
  return store
    .fileView()
    .files.flatMap(({ id }) => [`${id}.parquet`, `${id}.series.parquet`])
    .sort();
}

test('a full hot table becomes a file, and its segments go', async () => {
  put();
  put();
  const rows = countedRows(store);
  compaction.answered({ loaded: 2, full: [1], damaged: [], oldestView: NEWEST }, 1);
  await eventually(() => expect(published).toBe(1));
  expect(store.fileView()).toMatchObject({ generation: 2, through: 1, files: [{ id: 1, group: 1, rows: 10 }] });
  expect(store.hotRows).toBe(10);
  expect(store.segmentsAfter(0, NEWEST).map(({ id }) => id)).toEqual([2]);
  expect(countedRows(store)).toEqual(rows);
  await eventually(() => expect(names()).toEqual(['1.parquet', '1.series.parquet']));
});

test('groups merge by tiers; what they replace goes once nobody reads it', async () => {
  for (let i = 0; i < 9; i++) put();
  const rows = countedRows(store);
  full(1);
  await eventually(() => expect(store.fileView().files.map(({ group }) => group)).toEqual([9, 9, 9, 9]));
  expect(countedRows(store)).toEqual(rows);
  const kept = names();
  expect(kept.length).toBeGreaterThan(namesThatCount().length);
  full(store.fileView().generation);
  await eventually(() => expect(names()).toEqual(namesThatCount()));
});

test('a job that fails leaves nothing behind, is said, and is tried again', async () => {
  put();
  const rows = countedRows(store);
  let failures = 2;
  writer.step = (what) => {
    if (what === 'samples written' && failures-- > 0) throw new Error('no space is left');
  };
  full();
  await eventually(() => expect(troubles).toHaveLength(1));
  await eventually(() => expect(names()).toEqual([]));
  await eventually(() => expect(published).toBe(1));
  expect(troubles).toEqual(['no space is left', 'no space is left', undefined]);
  expect(countedRows(store)).toEqual(rows);
  expect(names()).toEqual(namesThatCount());
});

test('no job begins while the query process has another view: it would write again what is in files', async () => {
  put();
  put();
  compaction.answered({ loaded: 2, full: [1, 2], damaged: [], oldestView: NEWEST }, 1);
  await eventually(() => expect(published).toBe(1));
  compaction.answered({ loaded: 2, full: [1, 2], damaged: [], oldestView: 1 }, 1);
  await new Promise((resolve) => setImmediate(resolve));
  expect(writer.jobs).toHaveLength(1);
  compaction.answered({ loaded: 2, full: [2], damaged: [], oldestView: 2 }, 2);
  await eventually(() => expect(published).toBe(2));
  expect(writer.jobs).toHaveLength(2);
});

test('a file that cannot be read again holds up no other', async () => {
  writer.step = () => {
    const job = writer.jobs.at(-1);
    if (job?.kind === 'merge' && job.files.includes(1)) throw new DamagedFileError('file 1 is damaged');
  };
  for (let i = 0; i < 5; i++) put();
  const rows = countedRows(store);
  full();
  await eventually(() => expect(store.fileView().files.map(({ group }) => group)).toEqual([1, 2, 3, 4, 5]));
  await eventually(() => expect(troubles.filter((reason) => reason !== undefined)).toHaveLength(3));
  for (let i = 0; i < 2; i++) put();
  full();
  // 1, 2 and 3 have failed together: those after them are merged.
  await eventually(() => expect(store.fileView().files.map(({ group }) => group)).toEqual([1, 2, 3, 6, 6, 7]));
  expect(countedRows(store)).toEqual([...rows, ...countedRows(store).filter(([, time]) => time >= 50)].sort(byRow));
});

test('files that no row names are swept at the start; those that a query may still read once it does not', async () => {
  put();
  full();
  await eventually(() => expect(published).toBe(1));
  await close();
  const samples = samplesFolder(folder.path);
  for (const name of ['tmp-dead-1.parquet', '77.parquet', '77.series.parquet', 'readme.txt']) {
    writeFileSync(join(samples, name), '');
  }
  await open();
  expect(existsSync(join(samples, 'tmp-dead-1.parquet'))).toBe(false);
  expect(names()).toContain('77.parquet');
  put();
  full(0);
  await eventually(() => expect(store.fileView().files.map(({ id }) => id)).toEqual([1, 78]));
  expect(names()).toContain('77.parquet');
  full();
  await eventually(() => expect(names()).toEqual([...namesThatCount(), 'readme.txt']));
});

test('rows that have expired go, once a file holds some that are a tenth older', async () => {
  for (let i = 0; i < 9; i++) put();
  full();
  await eventually(() => expect(store.fileView().files.map(({ group }) => group)).toEqual([9, 9, 9, 9]));
  const limits = { retention: [{ match: '**', keep: 30 }], maxBytes: NEWEST };
  await close();
  await open({ limits, now: () => 32 });
  full();
  await eventually(() => expect(writer.questions).toBe(1));
  expect(countedRows(store)).toHaveLength(90);
  await close();
  await open({ limits, now: () => 85 });
  full();
  await eventually(() => expect(countedRows(store)).toHaveLength(35));
  expect(Math.min(...countedRows(store).map(([, time]) => time))).toBe(55);
  await eventually(() => expect(removed('expired')).toBe(55));
});

test('a clock that is years ahead has nothing expire that samples do not', async () => {
  for (let i = 0; i < 9; i++) put();
  const limits = { retention: [{ match: '**', keep: 60 }], maxBytes: NEWEST };
  await close();
  await open({ limits, now: () => NEWEST });
  full();
  await eventually(() => expect(store.fileView().through).toBe(9));
  await eventually(() => expect(writer.questions).toBeGreaterThan(0));
  await eventually(() => expect(Math.min(...countedRows(store).map(([, time]) => time))).toBe(29));
  expect(countedRows(store)).toHaveLength(61);
});

test('beyond the size limit the oldest go, until the rest fits', async () => {
  for (let i = 0; i < 12; i++) put();
  full();
  await eventually(() => expect(store.fileView().through).toBe(12));
  const rows = countedRows(store);
  const size = () => store.fileView().files.reduce((sum, { bytes }) => sum + bytes, 0);
  const maxBytes = Math.floor(size() / 2);
  await close();
  await open({ limits: { retention: [], maxBytes } });
  full();
  await eventually(() => expect(size()).toBeLessThanOrEqual(maxBytes));
  const left = countedRows(store);
  const oldest = Math.min(...left.map(([, time]) => time));
  expect(left).toEqual(rows.filter((row) => left.some((other) => other.join() === row.join())));
  await eventually(() => expect(removed('size limit')).toBe(rows.length - left.length));
  expect(oldest).toBeGreaterThan(40);
  expect(left.length).toBeGreaterThan(40);
});

test('at the bound a hot table that is not full is sealed, where nothing more comes to fill it', () => {
  for (let i = 0; i < 3; i++) put();
  compaction.drained();
  expect(writer.sealed).toBe(0);
  put();
  compaction.drained();
  compaction.drained();
  expect(writer.sealed).toBe(1);
  compaction.detached();
  compaction.drained();
  expect(writer.sealed).toBe(2);
});

function removed(by: string): number {
  return work.filter((done) => done.work === by).reduce((sum, { samplesRemoved }) => sum + samplesRemoved, 0);
}

test('all of it becomes as few groups as can be, when that is asked for', async () => {
  for (let i = 0; i < 7; i++) put();
  const rows = countedRows(store);
  // The last hot table is not full: its end is known once it is sealed.
  compaction.answered({ loaded: 7, full: [1, 2, 3], damaged: [], oldestView: NEWEST }, 1);
  const seal = writer.seal.bind(writer);
  writer.seal = () => (seal(), full());
  viewing = true;
  const done = compaction.compactAll();
  compaction.drained();
  await done;
  expect(store.hotRows).toBe(0);
  expect(new Set(store.fileView().files.map(({ group }) => group))).toEqual(new Set([7]));
  expect(countedRows(store)).toEqual(rows);
  expect(names()).toEqual(namesThatCount());
});

test('what fails while all is compacted is told to whom asked for it', async () => {
  put();
  writer.step = () => Promise.reject(new Error('no space is left'));
  full();
  await expect(compaction.compactAll()).rejects.toThrow('no space is left');
  // Who asks again is told how that went.
  writer.step = () => undefined;
  viewing = true;
  await compaction.compactAll();
  expect(store.hotRows).toBe(0);
});

test('groups whose merge fails wait until all others are merged, and it is said until they are, too', async () => {
  let failing = true;
  writer.step = () => {
    const job = writer.jobs.at(-1);
    if (failing && job?.kind === 'merge' && job.files.includes(1)) throw new Error('no space is left');
  };
  for (let i = 0; i < 7; i++) put();
  full();
  await eventually(() => expect(store.fileView().files.map(({ group }) => group)).toEqual([1, 2, 3, 6, 6, 7]));
  expect(new Set(troubles)).toEqual(new Set(['no space is left']));
  failing = false;
  await eventually(() => expect(store.fileView().files.map(({ group }) => group)).toEqual([3, 3, 6, 6, 7]));
  await eventually(() => expect(troubles.at(-1)).toBeUndefined());
});

test('a query process that ends while files are merged is no fault of theirs', async () => {
  let ends = 5;
  writer.step = () => {
    if (writer.jobs.at(-1)?.kind === 'merge' && ends-- > 0) throw new Error('the query process is gone');
  };
  for (let i = 0; i < 3; i++) put();
  full();
  await eventually(() => expect(store.fileView().files.map(({ group }) => group)).toEqual([3, 3]));
  expect(ends).toBeLessThan(0);
});

test('with too little space no job is begun', async () => {
  await close();
  const tight = new SamplesFolder(samplesFolder(folder.path));
  tight.freeBytes = async () => 1_000;
  await open({ folder: tight });
  put();
  full();
  await eventually(() => expect(troubles.length).toBeGreaterThan(0));
  expect(troubles[0]).toMatch(/^it may write 1 MiB .* but 1 MiB are free/);
  expect(writer.jobs).toEqual([]);
});

test('on a full disk files go that hold nothing else, and what is left of others is written into what was kept', async () => {
  for (let i = 0; i < 9; i++) put();
  full();
  await eventually(() => expect(store.fileView().files.map(({ group }) => group)).toEqual([9, 9, 9, 9]));
  await close();
  const kept = new SamplesFolder(samplesFolder(folder.path));
  kept.freeBytes = async () => 1 << 20;
  const limits = { retention: [{ match: '**', keep: 30 }], maxBytes: NEWEST };
  await open({ limits, folder: kept, now: () => 85, isDiskFull: () => true });
  put();
  full();
  await eventually(() => expect(Math.min(...countedRows(store).map(([, time]) => time))).toBe(55));
  // Hot rows are sealed, though there are few: only what is in files can go.
  compaction.diskFull();
  expect(writer.asked).toBeGreaterThan(0);
  put();
  compaction.answered({ loaded: store.lastSegment, full: [], damaged: [], oldestView }, store.fileView().generation);
  compaction.drained();
  expect(writer.sealed).toBe(1);
  expect(removed('expired')).toBe(55);
});
