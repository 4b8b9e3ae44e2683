import assert from 'node:assert/strict';
import { cpSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { entry, KiB, openSmall, series, TemporaryFolder } from './fixtures.ts';
import { LogFile } from './log-file.ts';
import type { JournalLosses } from './log.ts';
import type { JournalLimits, Storage } from './storage.ts';
import { StorageError } from './storage-error.ts';

const everything = Number.MAX_SAFE_INTEGER;
const limits: JournalLimits = { quotaBytes: 1200 * KiB, hardQuotaBytes: 1200 * KiB };
const ENTRY_BYTES = 9004;

/** Appends the entry with the next sequence, which is its number of samples too, and of which its times follow. */
function append({ journal }: Storage, source: string): number {
  const { next } = journal.state();
  const times = { minTime: next * 10, maxTime: next * 10 + 5 };
  return journal.append({ entries: [{ ...entry(next), ...times, source }], definitions: series(1) });
}

function held({ journal }: Storage): { sequence: number; source: string; samples: number }[] {
  return journal
    .read({ after: 0, maxBytes: everything })
    .map(({ sequence, source, samples }) => ({ sequence, source, samples }));
}

/** Appends by turns until the journal is full; the last sequence that it took. */
function fill(storage: Storage, sources: readonly string[]): number {
  for (let i = 0; ; i++) {
    try {
      append(storage, sources[i % sources.length]);
    } catch (error) {
      expect(error).toMatchObject({ code: 'quota' });
      return storage.journal.state().next - 1;
    }
  }
}

function samplesOf(entries: readonly { samples: number }[]): number {
  return entries.reduce((sum, { samples }) => sum + samples, 0);
}

test('at the hard quota the oldest entries of sources that allow it make room, those of others stay', () => {
  using folder = new TemporaryFolder();
  let before: ReturnType<typeof held>;
  {
    using storage = openSmall(folder.path, { journal: limits });
    const last = fill(storage, ['keep', 'shed']);
    before = held(storage);
    const through = storage.journal.shed({ sources: ['shed'], after: 10, upTo: 0, bytes: ENTRY_BYTES });
    expect(through).toBeGreaterThan(10);
    const gone = before.filter(({ source, sequence }) => source === 'shed' && sequence > 10 && sequence <= through);
    expect(held(storage)).toEqual(before.filter((one) => !gone.includes(one)));
    const { shed, samples } = storage.journal.stats();
    expect(shed).toEqual({ shed: { quota: { entries: gone.length, samples: samplesOf(gone) } } });
    const [first, ...more] = storage.journal.losses().losses;
    expect(more).toEqual([]);
    const sequences = { from: gone[0].sequence, to: (gone.at(-1)?.sequence ?? 0) + 1 };
    const times = { first: sequences.from * 10, last: (sequences.to - 1) * 10 + 5 };
    expect(first).toEqual({
      source: 'shed',
      reason: 'quota',
      entries: gone.length,
      samples: samplesOf(gone),
      sequences,
      times,
    });
    expect(samples).toBe(samplesOf(before) - samplesOf(gone));
    expect(append(storage, 'shed')).toBe(last + 1);
    before = held(storage);
    // A repeat finds nothing older.
    expect(storage.journal.shed({ sources: ['shed'], after: 10, upTo: 0, bytes: 0 })).toBe(10);
  }
  using storage = openSmall(folder.path, { journal: limits });
  expect(held(storage)).toEqual(before);
  expect(Object.keys(storage.journal.stats().shed)).toEqual(['shed']);
});

test('what nobody that runs reads again goes too, before what nobody has processed', () => {
  using folder = new TemporaryFolder();
  using storage = openSmall(folder.path, { journal: limits });
  const last = fill(storage, ['shed']);
  expect(storage.journal.shed({ sources: ['shed'], after: last, upTo: 3, bytes: ENTRY_BYTES })).toBe(last);
  expect(held(storage).map(({ sequence }) => sequence)).toEqual(Array.from({ length: last - 3 }, (_, i) => i + 4));
});

test('sources that do not shed take none of the room that is kept for those that do', () => {
  using folder = new TemporaryFolder();
  using storage = openSmall(folder.path, { journal: { ...limits, reserve: true } });
  const { journal } = storage;
  for (let round = 1; round <= 100; round++) {
    // Whatever room there is for all is taken.
    fill(storage, ['keep']);
    journal.shed({ sources: ['shed'], after: 0, upTo: 0, bytes: ENTRY_BYTES });
    const { next } = journal.state();
    const commit = { entries: [{ ...entry(next), source: 'shed' }], definitions: series(1), reserved: true };
    expect(journal.append(commit)).toBe(next);
  }
  const { shed } = journal.stats();
  expect(Object.keys(shed)).toEqual(['shed']);
  const kept = held(storage).filter(({ source }) => source === 'keep');
  expect(kept).toHaveLength(journal.state().next - 1 - 100);
});

test('files in which nothing is left go, and how much that was is known after all of them and a restart', () => {
  using folder = new TemporaryFolder();
  let appended = 0;
  let counted: unknown;
  let told: JournalLosses | undefined;
  const files = () => readdirSync(join(folder.path, 'journal')).filter((name) => name.endsWith('.db'));
  {
    using storage = openSmall(folder.path, { journal: limits });
    for (let round = 0; round < 4; round++) {
      appended = fill(storage, ['shed']);
      storage.journal.shed({ sources: ['shed'], after: 0, upTo: 0, bytes: 1000 * KiB });
      expect(files().length).toBeLessThan(4);
    }
    const left = held(storage);
    counted = storage.journal.stats().shed;
    told = storage.journal.losses();
    const samples = (appended * (appended + 1)) / 2 - samplesOf(left);
    expect(counted).toEqual({ shed: { quota: { entries: appended - left.length, samples } } });
    expect(storage.journal.stats().samples).toBe(samplesOf(left));
  }
  using storage = openSmall(folder.path, { journal: limits });
  expect(storage.journal.stats().shed).toEqual(counted);
  expect(storage.journal.losses()).toEqual(told);
  expect(told?.losses.map(({ times }) => times?.first)).toContain(10);
  expect(storage.journal.state().next).toBe(appended + 1);
});

test('emptied files go behind one that must stay too, also where a kill left one; what they held is no damage', () => {
  using folder = new TemporaryFolder();
  const path = join(folder.path, 'journal');
  const files = () => readdirSync(path).filter((name) => name.endsWith('.db'));
  const leaveRoom = { bytes: 1000 * KiB, sources: ['shed'], after: 0, upTo: 0 };
  let storage = openSmall(folder.path, { journal: limits });
  append(storage, 'keep');
  using left = new TemporaryFolder();
  let appended = 0;
  for (let round = 0; round < 6; round++) {
    appended = fill(storage, ['shed']);
    if (round === 5) cpSync(path, left.path, { recursive: true });
    storage.journal.shed(leaveRoom);
    expect(files().length).toBeLessThan(4);
  }
  append(storage, 'keep');
  const before = held(storage);
  const { shed, samples } = storage.journal.stats();
  expect(before.filter(({ source }) => source === 'keep').map(({ sequence }) => sequence)).toEqual([1, appended + 1]);
  expect(samplesOf(before) + (shed.shed.quota?.samples ?? 0)).toBe(((appended + 1) * (appended + 2)) / 2);
  const losses = storage.journal.losses();
  storage[Symbol.dispose]();

  const [, second] = readdirSync(left.path);
  expect(files()).not.toContain(second);
  for (const name of [undefined, second]) {
    if (name) cpSync(join(left.path, name), join(path, name));
    storage = openSmall(folder.path, { journal: limits });
    expect(held(storage)).toEqual(before);
    expect(storage.journal.stats()).toMatchObject({ shed, samples, damaged: { entries: 0, samples: 0 } });
    expect(storage.journal.losses()).toEqual(losses);
    storage[Symbol.dispose]();
  }
});

test('what streams that have faulted miss is counted once, also where a kill left the file', () => {
  using folder = new TemporaryFolder();
  const path = join(folder.path, 'journal');
  let storage = openSmall(folder.path, { journal: limits });
  const last = fill(storage, ['plc', 'other']);
  using before = new TemporaryFolder();
  cpSync(path, before.path, { recursive: true });
  const streams = [
    { name: 'all', after: 0, sources: ['plc', 'other'] },
    { name: 'one', after: 3, sources: ['plc'] },
    { name: 'done', after: last, sources: ['plc'] },
  ];
  // A stream that runs still needs it.
  expect(storage.journal.forsake({ streams, upTo: 1, bytes: ENTRY_BYTES })).toBe(false);
  expect(storage.journal.stats().missed).toEqual({});
  expect(storage.journal.forsake({ streams, upTo: last, bytes: ENTRY_BYTES })).toBe(true);
  const { lowest } = storage.journal.state();
  const through = lowest - 1;
  const { missed } = storage.journal.stats();
  expect(missed.all).toEqual({ entries: through, samples: (through * lowest) / 2, since: 0 });
  const ofOne = Array.from({ length: through }, (_, i) => i + 1).filter((n) => n > 3 && n % 2 === 1);
  expect(missed.one).toEqual({ entries: ofOne.length, samples: ofOne.reduce((a, b) => a + b, 0), since: 0 });
  expect(Object.keys(missed)).toEqual(['all', 'one']);
  storage[Symbol.dispose]();

  const [oldest] = readdirSync(before.path);
  cpSync(join(before.path, oldest), join(path, oldest));
  storage = openSmall(folder.path, { journal: limits });
  expect(storage.journal.state().lowest).toBe(lowest);
  expect(storage.journal.stats().missed).toEqual(missed);
  storage[Symbol.dispose]();
});

test('of files of an older version the times of what went are not known', () => {
  using folder = new TemporaryFolder();
  {
    using storage = openSmall(folder.path, { journal: limits });
    for (let i = 0; i < 3; i++) append(storage, 'shed');
  }
  const [name] = readdirSync(join(folder.path, 'journal'));
  const file = LogFile.open(join(folder.path, 'journal', name));
  file.execute('ALTER TABLE entry DROP COLUMN first_time; ALTER TABLE entry DROP COLUMN last_time');
  file.execute('PRAGMA user_version = 2');
  file.close();
  let told: JournalLosses;
  {
    using storage = openSmall(folder.path, { journal: limits });
    const last = fill(storage, ['shed']);
    storage.journal.shed({ sources: ['shed'], after: 2, upTo: 0, bytes: ENTRY_BYTES });
    storage.journal.shed({ sources: ['shed'], after: 0, upTo: 0, bytes: 1000 * KiB });
    told = storage.journal.losses();
    const [old, ...rest] = told.losses;
    expect(old).toMatchObject({ entries: 3, samples: 6, times: null });
    expect(rest[0].times?.first).toBe(40);
    expect(samplesOf(told.losses)).toBe((last * (last + 1)) / 2 - samplesOf(held(storage)));
  }
  using storage = openSmall(folder.path, { journal: limits });
  expect(storage.journal.losses()).toEqual(told);
});

test('damage of a thinned file counts what was left in it', () => {
  using folder = new TemporaryFolder();
  using storage = openSmall(folder.path, { journal: limits });
  fill(storage, ['keep', 'shed']);
  const before = held(storage);
  storage.journal.shed({ sources: ['shed'], after: 0, upTo: 0, bytes: ENTRY_BYTES });
  const { shed } = storage.journal.stats();
  const [path] = readdirSync(join(folder.path, 'journal'));
  const thinned = held(storage);
  expect(thinned.length).toBeLessThan(before.length);
  const refuse = () => {
    throw Object.assign(new Error(`${path} is damaged`), { code: 'SQLITE_CORRUPT' });
  };
  // It is read three times before it counts as damaged.
  const read = vi.spyOn(LogFile.prototype, 'statement');
  read.mockImplementationOnce(refuse).mockImplementationOnce(refuse).mockImplementationOnce(refuse);
  const left = held(storage);
  read.mockRestore();
  const lost = thinned.filter(({ sequence }) => !left.some((one) => one.sequence === sequence));
  expect(lost.length).toBeGreaterThan(0);
  const damaged = { entries: lost.length, samples: samplesOf(lost) };
  expect(storage.journal.stats()).toMatchObject({ damaged, shed });
  const losses = storage.journal.losses();
  expect(losses.losses).toContainEqual(expect.objectContaining({ source: '', reason: 'damaged', ...damaged }));
  // Once, also when the place is looked at again.
  storage.journal.flush();
  storage[Symbol.dispose]();
  using again = openSmall(folder.path, { journal: limits });
  held(again);
  expect(again.journal.stats()).toMatchObject({ damaged, shed });
  expect(again.journal.losses()).toEqual(losses);
});

const operation = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('append' as const),
      sources: fc.array(fc.constantFrom('keep', 'shed', 'also'), { minLength: 1, maxLength: 20 }),
    }),
  },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('shed' as const), share: fc.nat(100) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('process' as const), share: fc.nat(100) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('kill' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('kill before an unlink' as const) }) },
);

test('every entry is held, retired or shed and counted, once, wherever the agent is killed', () => {
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 30, size: 'max' }), (operations) => {
      using folders = new DisposableStack();
      let folder = folders.use(new TemporaryFolder());
      const open = () => openSmall(folder.path, { journal: limits });
      let storage = open();
      const kill = () => {
        const before = storage;
        const copy = folders.use(new TemporaryFolder());
        cpSync(folder.path, copy.path, { recursive: true });
        before[Symbol.dispose]();
        folder = copy;
        storage = open();
        storage.journal.release(processed);
      };
      /** Not processed, and not shed. */
      let unprocessed: { sequence: number; source: string; samples: number }[] = [];
      let processed = 0;
      let shed = 0;
      const shedSome = (share: number) => {
        const sources = ['shed', 'also'];
        const bytes = share * 10 * KiB;
        const through = storage.journal.shed({ sources, after: processed, upTo: 0, bytes });
        const gone = unprocessed.filter(({ source, sequence }) => sources.includes(source) && sequence <= through);
        shed += samplesOf(gone);
        unprocessed = unprocessed.filter((one) => !gone.includes(one));
      };
      try {
        for (const operation of operations) {
          switch (operation.do) {
            case 'append':
              for (const source of operation.sources) {
                const next = storage.journal.state().next;
                try {
                  append(storage, source);
                } catch (error) {
                  assert.ok(error instanceof StorageError && error.code === 'quota');
                  break;
                }
                unprocessed.push({ sequence: next, source, samples: next });
              }
              break;
            case 'shed':
              shedSome(operation.share);
              break;
            case 'process': {
              const to = unprocessed[Math.floor((unprocessed.length * operation.share) / 101)]?.sequence ?? processed;
              processed = Math.max(processed, to);
              unprocessed = unprocessed.filter(({ sequence }) => sequence > processed);
              storage.journal.release(processed);
              break;
            }
            case 'kill':
              kill();
              break;
            case 'kill before an unlink': {
              const unlink = vi.spyOn(LogFile, 'remove').mockImplementation(() => {
                throw Object.assign(new Error('the disk refused'), { code: 'EIO' });
              });
              shedSome(100);
              unlink.mockRestore();
              kill();
            }
          }
          const found = held(storage).filter(({ sequence }) => sequence > processed);
          assert.deepEqual(found, unprocessed);
          const { shed: counts } = storage.journal.stats();
          const counted = Object.values(counts).flatMap((reasons) => Object.values(reasons));
          assert.equal(samplesOf(counted), shed);
          const told = storage.journal.losses().losses;
          assert.equal(samplesOf(told), shed);
          for (const { sequences, times } of told)
            assert.deepEqual(times, { first: sequences.from * 10, last: (sequences.to - 1) * 10 + 5 });
        }
      } finally {
        storage[Symbol.dispose]();
      }
    }),
    { numRuns: 12 },
  );
});
