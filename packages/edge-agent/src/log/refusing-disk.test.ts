import { readdirSync } from 'node:fs';
import { join } from 'node:path';
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

test('the last file of the outbox stays where no other can be started: it alone tells how far all has come', () => {
  using folder = new TemporaryFolder();
  let epoch: string;
  {
    using storage = openSmall(folder.path);
    const { outbox } = storage;
    ({ epoch } = outbox.state());
    const commit = () =>
      outbox.commit({ segments: [inLane(Lane.data, segment(1))], definitions: series(1), positions: {} });
    commit();
    // After a commit that failed the log would go on in a new file.
    vi.spyOn(LogFile.prototype, 'transaction').mockImplementationOnce(refusal);
    expect(commit).toThrow('EIO');
    vi.spyOn(LogFile, 'create').mockImplementation(refusal);
    outbox.acknowledge(Lane.data, [{ from: 1, to: 2 }]);
    expect(outbox.stats().segments).toBe(0);
  }
  vi.restoreAllMocks();
  using storage = openSmall(folder.path);
  expect(storage.outbox.state().epoch).toBe(epoch);
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

/** A sector of a file that the disk cannot read, while waiting takes no time. */
function badSector(part: string): void {
  let now = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => now);
  vi.spyOn(Atomics, 'wait').mockImplementation((...[, , , ms = 0]) => {
    now += ms;
    return 'timed-out';
  });
  for (const how of ['open', 'openSealed'] as const) {
    const real = LogFile[how].bind(LogFile);
    vi.spyOn(LogFile, how).mockImplementation((path: string, options?: { fileBytes?: number }) => {
      if (path.includes(part)) throw Object.assign(new Error('disk I/O error'), { code: 'SQLITE_IOERR_READ' });
      return real(path, options);
    });
  }
}

const roomy = { journal: { quotaBytes: 400 * KiB, hardQuotaBytes: 2400 * KiB } };

const all = { after: 0, maxBytes: Number.MAX_SAFE_INTEGER };

test.each(['oldest', 'newest'])(
  'the %s file that cannot be read for good is put aside and counted at a start',
  (which) => {
    using folder = new TemporaryFolder();
    let before: number;
    let newest: number;
    {
      using storage = openSmall(folder.path, roomy);
      for (let i = 0; i < 30; i++) append(storage, 'plc');
      before = storage.journal.read(all).length;
      newest = readdirSync(join(folder.path, 'journal')).filter((name) => name.endsWith('.db')).length;
    }
    const name = `${String(which === 'oldest' ? 1 : newest).padStart(10, '0')}.db`;
    badSector(join('journal', name));
    const log = new CollectedLog();
    using storage = openSmall(folder.path, { log, ...roomy });
    const kept = storage.journal.read(all).length;
    expect(kept).toBeGreaterThan(0);
    expect(kept).toBeLessThan(before);
    // How much was in the newest nobody knows.
    if (which === 'oldest') expect(storage.journal.stats().damaged.entries).toBe(before - kept);
    expect(readdirSync(join(folder.path, 'journal'))).toContain(`${name}.damaged`);
    expect(log.reports.at(-1)?.message).toMatch(/lost/);
    append(storage, 'plc');
    expect(storage.journal.read(all)).toHaveLength(kept + 1);
  },
);

test('one that is found later goes once it has not been read for long, and the disk as a whole never', () => {
  using folder = new TemporaryFolder();
  using storage = openSmall(folder.path, roomy);
  const { journal } = storage;
  for (let i = 0; i < 60; i++) append(storage, 'plc');
  badSector('0000000001.db');
  const unread = vi.spyOn(LogFile, 'isSealed').mockImplementation(refusal);
  const readFor = (seconds: number) => {
    for (let second = 0; second < seconds; second++) {
      expect(() => journal.read(all)).toThrow('SQLITE_IOERR_READ');
      Atomics.wait(new Int32Array(1), 0, 0, 1000);
    }
  };
  readFor(60);
  unread.mockRestore();
  readFor(20);
  expect(journal.read(all).length).toBeGreaterThan(0);
  expect(journal.stats().damaged.entries).toBe(60 - journal.read(all).length);
});

test('a disk that cannot be read at all refuses the start, and nothing is put aside', () => {
  using folder = new TemporaryFolder();
  {
    using storage = openSmall(folder.path, roomy);
    for (let i = 0; i < 30; i++) append(storage, 'plc');
  }
  badSector('journal');
  vi.spyOn(LogFile, 'isSealed').mockImplementation(refusal);
  expect(() => openSmall(folder.path)).toThrow('could not open the journal');
  vi.restoreAllMocks();
  using storage = openSmall(folder.path);
  expect(storage.journal.read(all)).toHaveLength(30);
});
