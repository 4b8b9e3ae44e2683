import { Lane } from '@sluis/protocol';
import { afterEach, expect, test, vi } from 'vitest';
import { CollectedLog, entry, inLane, KiB, openSmall, segment, series, TemporaryFolder } from './fixtures.ts';
import { syncFolder } from './folder.ts';
import { LogFile } from './log-file.ts';
import type { Storage } from './storage.ts';

/*
 * A disk that refuses to remove a file, or to sync a folder: what is counted stays right, and it is tried again.
 */

vi.mock('./folder.ts', { spy: true });
afterEach(() => {
  vi.restoreAllMocks();
});

const refusal = () => {
  throw Object.assign(new Error('the disk refuses'), { code: 'EIO' });
};

function append({ journal }: Storage, source: string): void {
  journal.append({ entries: [{ ...entry(journal.state().next), source }], definitions: series(1) });
}

test('a file of the journal that cannot be removed stays, counts, and goes later', () => {
  using folder = new TemporaryFolder();
  using storage = openSmall(folder.path, { journal: { quotaBytes: 400 * KiB, hardQuotaBytes: 2400 * KiB } });
  const { journal } = storage;
  for (let i = 0; i < 30; i++) append(storage, 'plc');
  const before = journal.stats();
  const remove = vi.spyOn(LogFile, 'remove').mockImplementation(refusal);
  journal.release(25);
  expect(journal.stats()).toEqual(before);
  expect(journal.state().lowest).toBe(1);
  // Nothing else waits for it.
  append(storage, 'plc');
  remove.mockRestore();
  journal.release(25);
  expect(journal.state().lowest).toBeGreaterThan(1);
  expect(journal.stats().bytes).toBeLessThan(before.bytes);
});

test('a file of the outbox that cannot be removed stays, counts, and goes later', () => {
  using folder = new TemporaryFolder();
  using storage = openSmall(folder.path);
  const { outbox } = storage;
  const commit = (index: number) =>
    outbox.commit({ segments: [inLane(Lane.data, segment(index))], definitions: series(1), positions: {} });
  for (let index = 1; index <= 40; index++) commit(index);
  const { fileBytes } = outbox.stats();
  const remove = vi.spyOn(LogFile, 'remove').mockImplementation(refusal);
  outbox.acknowledge(Lane.data, [{ from: 1, to: 31 }]);
  expect(outbox.stats().segments).toBe(10);
  expect(outbox.stats().fileBytes).toBeGreaterThanOrEqual(fileBytes);
  commit(41);
  remove.mockRestore();
  outbox.acknowledge(Lane.data, [{ from: 31, to: 32 }]);
  expect(outbox.stats().fileBytes).toBeLessThan(fileBytes);
  expect(outbox.stats().segments).toBe(10);
});

test('what was shed counts at once, also where the folder could not be synced after it', () => {
  using folder = new TemporaryFolder();
  const limits = { quotaBytes: 600 * KiB, hardQuotaBytes: 600 * KiB };
  using storage = openSmall(folder.path, { journal: limits });
  const { journal } = storage;
  for (let i = 0; i < 20; i++) append(storage, i % 2 === 0 ? 'keep' : 'shed');
  const before = journal.stats();
  vi.mocked(syncFolder).mockImplementationOnce(refusal);
  journal.shed({ sources: ['shed'], after: 0, upTo: 0, bytes: 300 * KiB });
  const after = journal.stats();
  expect(after.shed.shed?.quota?.samples).toBe(before.samples - after.samples);
  expect(after.samples).toBeLessThan(before.samples);
  const held = journal.read({ after: 0, maxBytes: Number.MAX_SAFE_INTEGER });
  expect(held.reduce((sum, { samples }) => sum + samples, 0)).toBe(after.samples);
});

const seemingDamage = () => {
  throw Object.assign(new Error('database disk image is malformed'), { code: 'SQLITE_CORRUPT' });
};

test('a read that fails once at a start, which SQLite takes for damage, loses nothing', () => {
  using folder = new TemporaryFolder();
  {
    using storage = openSmall(folder.path);
    for (let i = 0; i < 12; i++) append(storage, 'plc');
  }
  vi.spyOn(LogFile, 'openSealed').mockImplementationOnce(seemingDamage);
  const log = new CollectedLog();
  using storage = openSmall(folder.path, { log });
  expect(storage.journal.read({ after: 0, maxBytes: Number.MAX_SAFE_INTEGER })).toHaveLength(12);
  expect(storage.journal.stats().damaged.entries).toBe(0);
  expect(log.reports.map(({ message }) => message)).toEqual(['a file looks damaged: it is read again']);
});

test('one that fails later, in the midst of a file, neither loses nor doubles anything', () => {
  using folder = new TemporaryFolder();
  using storage = openSmall(folder.path);
  for (let i = 0; i < 12; i++) append(storage, 'plc');
  const statement = vi.spyOn(LogFile.prototype, 'statement').mockImplementationOnce(function (this: LogFile, sql) {
    const real = this.statement(sql);
    vi.spyOn(real, 'iterate').mockImplementationOnce(function* (...values: unknown[]) {
      yield* real.all(...values).slice(0, 1);
      seemingDamage();
    });
    return real;
  });
  const read = storage.journal.read({ after: 0, maxBytes: Number.MAX_SAFE_INTEGER });
  statement.mockRestore();
  expect(read.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 12 }, (_, i) => i + 1));
  expect(storage.journal.stats().damaged.entries).toBe(0);
});
