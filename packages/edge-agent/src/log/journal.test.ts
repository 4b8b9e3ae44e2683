import { closeSync, cpSync, openSync, readdirSync, readSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { CollectedLog, entry, KiB, openSmall, series, TemporaryFolder } from './fixtures.ts';
import { LogFile } from './log-file.ts';
import { StorageError } from './storage-error.ts';
import type { Storage } from './storage.ts';

const everything = Number.MAX_SAFE_INTEGER;

function append({ journal }: Storage, from: number, count: number): void {
  for (let i = from; i < from + count; i++) journal.append({ entries: [entry(i)], definitions: series(1) });
}

function sequences({ journal }: Storage): number[] {
  return journal.read({ after: 0, maxBytes: everything }).map(({ sequence }) => sequence);
}

function files(folder: string): string[] {
  return readdirSync(join(folder, 'journal')).filter((name) => name.endsWith('.db'));
}

/** Overwrites some bytes of a file where `text` stands in it. */
function damage(path: string, at: number): void {
  const handle = openSync(path, 'r+');
  writeSync(handle, 'DAMAGED', at);
  closeSync(handle);
}

describe('the ring', () => {
  test('keeps what is not released, refuses at the hard quota, and goes on once something is released', () => {
    using folder = new TemporaryFolder();
    using storage = openSmall(folder.path, { journal: { quotaBytes: 200 * KiB, hardQuotaBytes: 500 * KiB } });
    let appended = 0;
    const fill = () => {
      for (;;) append(storage, ++appended, 1);
    };
    expect(fill).toThrow(expect.objectContaining({ name: 'StorageError', code: 'quota' }));
    expect(sequences(storage)).toHaveLength(appended - 1);
    storage.journal.release(2);
    append(storage, appended, 1);
    expect(sequences(storage).at(-1)).toBe(appended);
    storage.journal.release(appended);
    expect(storage.journal.stats().bytes).toBeLessThanOrEqual(200 * KiB);
  });

  test('lets what is spared go only before it would refuse', () => {
    using folder = new TemporaryFolder();
    using storage = openSmall(folder.path, { journal: { quotaBytes: 200 * KiB, hardQuotaBytes: 500 * KiB } });
    append(storage, 1, 1);
    storage.journal.spare(1_000);
    let appended = 1;
    while (storage.journal.stats().bytes < 400 * KiB) append(storage, ++appended, 1);
    expect(sequences(storage)).toHaveLength(appended);
    const { bytes } = storage.journal.stats();
    for (let grown = bytes; grown >= bytes; grown = storage.journal.stats().bytes) append(storage, ++appended, 1);
    expect(storage.journal.stats().bytes).toBeLessThanOrEqual(500 * KiB);
    expect(sequences(storage).at(-1)).toBe(appended);
  });

  test.each(['released', 'spared'])('at a hard quota that is the quota, what is %s makes room', (how) => {
    using folder = new TemporaryFolder();
    using storage = openSmall(folder.path, { journal: { quotaBytes: 200 * KiB, hardQuotaBytes: 200 * KiB } });
    for (let i = 1; i <= 50; i++) {
      append(storage, i, 1);
      if (how === 'released') storage.journal.release(i);
      else storage.journal.spare(i);
    }
    expect(sequences(storage).at(-1)).toBe(50);
    expect(storage.journal.stats().bytes).toBeLessThanOrEqual(200 * KiB);
  });

  test('lets go what is too old, of the first file as of the others', () => {
    using folder = new TemporaryFolder();
    const hour = 3_600_000_000;
    let clock = Date.UTC(2026, 0) * 1000;
    using storage = openSmall(folder.path, {
      now: () => clock,
      journal: { quotaBytes: 1000 * KiB, hardQuotaBytes: 1000 * KiB, keep: hour },
    });
    for (let i = 1; i <= 8; i++) {
      storage.journal.append({ entries: [{ ...entry(i), clock }], definitions: series(1) });
      storage.journal.release(i);
      clock += hour / 4;
      storage.flush();
    }
    // The last hour.
    expect(sequences(storage)).toEqual([5, 6, 7, 8]);
  });

  test('reads by bytes, and at least one entry', () => {
    using folder = new TemporaryFolder();
    using storage = openSmall(folder.path);
    append(storage, 1, 5);
    expect(storage.journal.read({ after: 1, maxBytes: 1 }).map(({ sequence }) => sequence)).toEqual([2]);
    expect(storage.journal.read({ after: 0, maxBytes: 30_000 }).map(({ sequence }) => sequence)).toEqual([1, 2, 3]);
    expect(storage.journal.read({ after: 5, maxBytes: 1 })).toEqual([]);
  });
});

describe('a commit that fails', () => {
  test('burns its sequences, and the journal goes on in a new file', () => {
    using folder = new TemporaryFolder();
    let storage = openSmall(folder.path);
    append(storage, 1, 2);
    const broken = { ...entry(4), samples: Number.NaN };
    const attempt = () => storage.journal.append({ entries: [entry(3), broken], definitions: series(1) });
    expect(attempt).toThrow(StorageError);
    expect(sequences(storage)).toEqual([1, 2]);
    expect(storage.journal.append({ entries: [entry(5)], definitions: series(1) })).toBe(5);
    expect(sequences(storage)).toEqual([1, 2, 5]);
    expect(files(folder.path)).toHaveLength(2);
    storage[Symbol.dispose]();
    storage = openSmall(folder.path);
    expect(sequences(storage)).toEqual([1, 2, 5]);
    storage[Symbol.dispose]();
    expect(() => append(storage, 6, 1)).toThrow(expect.objectContaining({ code: 'closed' }));
  });

  test('an id without a definition is refused before anything is written', () => {
    using folder = new TemporaryFolder();
    using storage = openSmall(folder.path);
    const use = (id: number) =>
      storage.journal.append({ entries: [entry(1, { series: [id] })], definitions: { first: 0, series: [] } });
    expect(() => use(0)).toThrow(RangeError);
    append(storage, 1, 1);
    expect(() => use(1)).toThrow(RangeError);
    const other = { first: 0, series: [{ path: 'another', unit: '' }] };
    expect(() => storage.journal.append({ entries: [], definitions: other })).toThrow(/cannot become/);
    expect(storage.journal.state().next).toBe(2);
  });
});

describe('damage', () => {
  test('of an entry is reported, counted once and skipped', () => {
    using folder = new TemporaryFolder();
    openAndClose(folder.path, 3);
    // The middle of the one page that the third entry has for itself.
    const path = join(folder.path, 'journal', '0000000001.db');
    const handle = LogFile.open(path);
    handle.execute('UPDATE entry SET bytes = zeroblob(9000) WHERE sequence = 2');
    handle.close();
    const log = new CollectedLog();
    using storage = openSmall(folder.path, { log });
    expect(sequences(storage)).toEqual([1, 3]);
    expect(sequences(storage)).toEqual([1, 3]);
    expect(storage.journal.stats().damaged).toEqual({ entries: 1, samples: 2 });
    expect(log.reports).toHaveLength(1);
  });

  test('of a bit in a WAL makes none of the commits after it vanish', () => {
    using folder = new TemporaryFolder();
    using storage = openSmall(folder.path);
    append(storage, 1, 5);
    using killed = new TemporaryFolder();
    cpSync(folder.path, killed.path, { recursive: true });
    const wal = join(killed.path, 'journal', `${files(killed.path).at(-1)}-wal`);
    const handle = openSync(wal, 'r+');
    const place = 24 * KiB;
    const byte = new Uint8Array(1);
    readSync(handle, byte, 0, 1, place);
    byte[0] ^= 1;
    writeSync(handle, byte, 0, 1, place);
    closeSync(handle);
    const log = new CollectedLog();
    using restarted = openSmall(killed.path, { log });
    expect(sequences(restarted)).toEqual(sequences(storage));
    expect(log.reports.map(({ message }) => message)).toEqual(['a bit had flipped in a WAL, which was mended']);
  });

  test('of a file in the middle is told by its neighbours', () => {
    using folder = new TemporaryFolder();
    openAndClose(folder.path, 12);
    const [first, second] = files(folder.path);
    damage(join(folder.path, 'journal', second), 0);
    const log = new CollectedLog();
    using storage = openSmall(folder.path, { log });
    const kept = sequences(storage);
    expect(kept.length).toBeLessThan(12);
    expect(kept[0]).toBe(1);
    expect(kept.at(-1)).toBe(12);
    expect(storage.journal.stats().damaged.entries).toBe(12 - kept.length);
    expect(files(folder.path)).toEqual(expect.arrayContaining([first]));
    expect(readdirSync(join(folder.path, 'journal'))).toContain(`${second}.damaged`);
    append(storage, 13, 1);
    expect(sequences(storage)).toEqual([...kept, 13]);
  });

  test('of the newest file ends no epoch and gives no sequence twice', () => {
    using folder = new TemporaryFolder();
    const { epoch, next } = openAndClose(folder.path, 12);
    damage(join(folder.path, 'journal', files(folder.path).at(-1) ?? ''), 0);
    using storage = openSmall(folder.path);
    expect(storage.journal.state().epoch).toBe(epoch);
    expect(storage.journal.state().next).toBeGreaterThan(next);
    append(storage, 13, 1);
    expect(sequences(storage).at(-1)).toBeGreaterThan(next);
  });

  test('found while reading puts the file aside', () => {
    using folder = new TemporaryFolder();
    openAndClose(folder.path, 12);
    const [, second] = files(folder.path);
    const path = join(folder.path, 'journal', second);
    {
      const file = LogFile.openSealed(path);
      const root = file.statement("SELECT rootpage FROM sqlite_schema WHERE name = 'entry'").pluck().get() as number;
      file.close();
      damage(path, (root - 1) * 16 * KiB);
    }
    const log = new CollectedLog();
    using storage = openSmall(folder.path, { log });
    const kept = sequences(storage);
    expect(sequences(storage)).toEqual(kept);
    expect(storage.journal.stats().damaged.entries).toBe(12 - kept.length);
    expect(kept.length).toBeLessThan(12);
    append(storage, 13, 1);
  });

  test('of everything starts a new epoch', () => {
    using folder = new TemporaryFolder();
    const { epoch } = openAndClose(folder.path, 1);
    damage(join(folder.path, 'journal', files(folder.path)[0]), 0);
    using storage = openSmall(folder.path);
    expect(storage.journal.state().epoch).not.toBe(epoch);
    append(storage, 1, 1);
  });
});

test('orphans are swept at the start', () => {
  using folder = new TemporaryFolder();
  openAndClose(folder.path, 2);
  const journal = join(folder.path, 'journal');
  const orphans = ['0000000001.db.new', '0000000001.db.new-journal', '0000000007.db', '0000000008.db-wal'];
  for (const name of orphans) writeFileSync(join(journal, name), '');
  using storage = openSmall(folder.path);
  expect(readdirSync(journal).sort()).toEqual(['0000000001.db', '0000000001.db-wal']);
  expect(sequences(storage)).toEqual([1, 2]);
});

function openAndClose(path: string, entries: number) {
  using storage = openSmall(path);
  append(storage, 1, entries);
  return storage.journal.state();
}
