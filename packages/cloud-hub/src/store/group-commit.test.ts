import { BatchBuilder, encodeSegment, Lane } from '@sluis/protocol';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { temporaryFolder } from '../../test/temporary-folder.ts';
import { openDatabase } from './database.ts';
import { GroupCommit } from './group-commit.ts';
import { Store } from './store.ts';

const epoch = 'a'.repeat(32);
const agent = 'press-1';

let folder: ReturnType<typeof temporaryFolder>;
let store: Store;
let commits: GroupCommit;
let count: number;

beforeEach(() => {
  folder = temporaryFolder();
  store = new Store({ database: openDatabase(folder.path), maxSeries: 10 });
  count = 0;
  commits = new GroupCommit({
    attempt: (work) => store.attempt(work),
    commit(work) {
      count++;
      store.commit(work);
    },
  });
});

afterEach(() => {
  store[Symbol.dispose]();
  folder[Symbol.dispose]();
});

const open = () => commits.add(() => store.open({ agent, site: 'lab', software: '', epoch, lanes: [], now: 1 }));
const define = (first: number) =>
  commits.add(() => store.define({ agent, epoch, first, series: [{ path: `lab/${first}`, unit: '' }] }));

function put(from: number) {
  const builder = new BatchBuilder();
  builder.double(0, from, from);
  const { bytes, crc, samples } = encodeSegment(builder.take(), { effort: 'fast' });
  const segment = { agent, epoch, lane: Lane.data, from, to: from + 1, samples, crc, seriesBound: 1, bytes };
  return commits.add(() => store.store(segment), bytes.length);
}

test('an operation that fails leaves no trace and takes no other of its transaction with it', async () => {
  await Promise.all([open(), define(0)]);
  count = 0;
  const outcomes = await Promise.allSettled([
    put(0),
    // More than SQLite keeps as an integer.
    commits.add(() => store.report({ agent, epoch, backlogSamples: 2 ** 64, backlogBytes: 0, shed: [], now: 2 })),
    commits.add(() => {
      store.define({ agent, epoch, first: 1, series: [{ path: 'lab/undone', unit: '' }] });
      store.open({ agent, site: 'lab', software: 'undone', epoch, lanes: [], now: 2 });
      throw new Error('not this one');
    }),
    define(1),
    put(1),
  ]);
  expect(outcomes).toMatchObject([
    { value: 'stored' },
    { reason: { code: expect.stringContaining('SQLITE_') } },
    { reason: { message: 'not this one' } },
    { value: { knownSeries: 2 } },
    { value: 'stored' },
  ]);
  expect(count).toBe(1);
  expect(store.segmentsAfter(0, 1 << 20).map(({ id, from }) => [id, from])).toEqual([
    [1, 0],
    [2, 1],
  ]);
  expect(store.lastSegment).toBe(2);
  expect(store.hotRows).toBe(2);
  expect(store.seriesAfter(0, 10).map(({ path }) => path)).toEqual(['lab/0', 'lab/1']);
  expect(store.agents()).toMatchObject([{ software: '', acked: { samples: 2 } }]);
});

test('a transaction that fails takes all of its operations with it', async () => {
  const failing = new GroupCommit({
    attempt: () => undefined,
    commit(work) {
      work();
      throw new Error('the disk is full');
    },
  });
  const outcomes = await Promise.allSettled([failing.add(() => 1), failing.add(() => 2)]);
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
});
