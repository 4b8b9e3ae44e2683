import { fdatasyncSync, fstatSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Lane } from '@sluis/protocol';
import { afterEach, expect, test, vi } from 'vitest';
import { entry, inLane, openSmall, segment, series, TemporaryFolder } from './fixtures.ts';
import { LogFile } from './log-file.ts';

vi.mock('node:fs', { spy: true });
const sync = vi.mocked(fdatasyncSync);
afterEach(() => {
  vi.restoreAllMocks();
});

const everything = Number.MAX_SAFE_INTEGER;

test('a file needs no shared memory, and each of its commits ends with a sync of the WAL', () => {
  using folder = new TemporaryFolder();
  const path = join(folder.path, '1.db');
  LogFile.create(path).close();
  const file = LogFile.open(path);
  const synced: number[] = [];
  sync.mockImplementation((handle) => {
    synced.push(fstatSync(handle).ino);
  });
  file.transaction(() => file.execute('CREATE TABLE t (a)'));
  for (let i = 0; i < 3; i++) file.transaction(() => file.statement('INSERT INTO t VALUES (1)').run());
  expect(file.statement('PRAGMA journal_mode').pluck().get()).toBe('wal');
  expect(synced).toEqual(Array.from({ length: 4 }, () => statSync(`${path}-wal`).ino));
  expect(readdirSync(folder.path).sort()).toEqual(['1.db', '1.db-wal']);
  file.seal();
  expect(readdirSync(folder.path)).toEqual(['1.db']);
  expect(LogFile.isSealed(path)).toBe(true);
});

test('a commit whose sync fails is neither read nor sent, though it is in the file, and its numbers are burned', () => {
  using folder = new TemporaryFolder();
  const position = (index: number) => ({ stream: { epoch: 'e', position: index } });
  const segments = [inLane(Lane.data, segment(1))];
  const expectKept = ({ journal, outbox }: ReturnType<typeof openSmall>): void => {
    expect(journal.read({ after: 0, maxBytes: everything }).map(({ sequence }) => sequence)).toEqual([1, 3]);
    const sent = outbox.read({ lane: Lane.data, from: 0, maxBytes: everything });
    expect(sent.map(({ sequence }) => sequence)).toEqual([1, 3]);
    expect(outbox.state().positions).toEqual(position(3));
    expect([journal.stats().samples, outbox.stats().samples]).toEqual([6, 2]);
  };
  {
    using storage = openSmall(folder.path);
    const { journal, outbox } = storage;
    const write = (index: number): void => {
      journal.append({ entries: [entry(index === 3 ? 5 : index)], definitions: series(1) });
      outbox.commit({ segments, definitions: series(1), positions: position(index) });
    };
    const fail = (work: () => void): void => {
      sync.mockImplementationOnce(() => {
        throw Object.assign(new Error('EIO: i/o error, fdatasync'), { code: 'EIO' });
      });
      expect(work).toThrow(expect.objectContaining({ name: 'StorageError', code: 'io' }));
    };
    write(1);
    fail(() => journal.append({ entries: [entry(2)], definitions: series(1) }));
    fail(() => outbox.commit({ segments, definitions: series(1), positions: position(2) }));
    expect(journal.read({ after: 0, maxBytes: everything })).toHaveLength(1);
    expect(outbox.read({ lane: Lane.data, from: 0, maxBytes: everything })).toHaveLength(1);
    expect(outbox.state().positions).toEqual(position(1));
    write(3);
    expectKept(storage);
  }
  using storage = openSmall(folder.path);
  expectKept(storage);
});
