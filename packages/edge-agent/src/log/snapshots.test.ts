import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, expect, test, vi } from 'vitest';
import { CollectedLog, TemporaryFolder } from './fixtures.ts';
import { encodeName, SnapshotFolder } from './snapshots.ts';
import { StorageError } from './storage-error.ts';

vi.mock('node:fs', { spy: true });
afterEach(() => {
  vi.restoreAllMocks();
});

const epoch = '0123456789abcdef0123456789abcdef';
const bytes = (position: number) => new Uint8Array(100).fill(position);

const ballast = {
  hasSpaceForRelief: () => true,
  state: { full: false, since: null },
  refusal: () => new StorageError('full', 'full'),
};

function open(folder: string, log = new CollectedLog()): SnapshotFolder {
  const snapshots = new SnapshotFolder({ folder, log, ballast });
  snapshots.open();
  return snapshots;
}

test('gives the newest snapshot of the epoch at or before a position; two are kept', () => {
  using folder = new TemporaryFolder();
  const snapshots = open(folder.path);
  for (const position of [10, 20, 30]) snapshots.save('a', { epoch, position, bytes: bytes(position) });
  const load = (position: number) => snapshots.load('a', { epoch, position })?.position;
  expect([load(35), load(30), load(29), load(19)]).toEqual([30, 30, 20, undefined]);
  expect(snapshots.load('a', { epoch, position: 25 })).toEqual({ position: 20, bytes: bytes(20) });
  expect(snapshots.load('a', { epoch: 'f'.repeat(32), position: 35 })).toBeUndefined();
  expect(snapshots.load('b', { epoch, position: 35 })).toBeUndefined();
  expect(readdirSync(folder.path)).toHaveLength(2);
});

test('any flipped bit makes it fall back to the older one, with a report', () => {
  using folder = new TemporaryFolder();
  const snapshots = open(folder.path);
  for (const position of [1, 2]) snapshots.save('a', { epoch, position, bytes: bytes(position) });
  const path = join(folder.path, readdirSync(folder.path).sort().at(-1) ?? '');
  const whole = readFileSync(path);
  fc.assert(
    fc.property(fc.nat(whole.length * 8 - 1), (bit) => {
      const flipped = Buffer.from(whole);
      flipped[bit >> 3] ^= 1 << (bit & 7);
      writeFileSync(path, flipped);
      const log = new CollectedLog();
      expect(open(folder.path, log).load('a', { epoch, position: 9 })?.position).toBe(1);
      expect(log.reports).toHaveLength(1);
    }),
  );
  writeFileSync(path, whole.subarray(0, 70));
  expect(snapshots.load('a', { epoch, position: 9 })?.position).toBe(1);
});

test('one that the disk cannot read is asked for again, and after long the older one is used', () => {
  using folder = new TemporaryFolder();
  const log = new CollectedLog();
  const snapshots = open(folder.path, log);
  for (const position of [1, 2]) snapshots.save('a', { epoch, position, bytes: bytes(position) });
  const refuse = () =>
    vi.mocked(readFileSync).mockImplementationOnce(() => {
      throw Object.assign(new Error('the disk refuses'), { code: 'EIO' });
    });
  const load = () => snapshots.load('a', { epoch, position: 9 })?.position;
  refuse();
  expect(load).toThrow(StorageError);
  expect(load()).toBe(2);
  let now = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => now);
  for (; now < 20_000; now += 5_000) {
    refuse();
    expect(load).toThrow(StorageError);
  }
  refuse();
  expect(load()).toBe(1);
  expect(log.reports.map(({ message }) => message)).toEqual(['a snapshot is damaged; an older one is used instead']);
});

test('names of streams stay in the folder, whatever they are, and do not meet', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 100 }), fc.string({ unit: 'grapheme' }), (a, b) => {
      expect(encodeName(a)).toMatch(/^[a-z0-9%_~-]*$/);
      expect(encodeName(a).length).toBeLessThan(200);
      expect(encodeName(a) === encodeName(b)).toBe(a === b);
    }),
  );
  using folder = new TemporaryFolder();
  const snapshots = open(folder.path);
  for (const [i, name] of ['../x', 'Line', 'line', 'a/b', ''].entries()) {
    snapshots.save(name, { epoch, position: i, bytes: bytes(i) });
  }
  expect(snapshots.load('Line', { epoch, position: 9 })?.position).toBe(1);
  expect(snapshots.load('', { epoch, position: 9 })?.position).toBe(4);
  expect(readdirSync(folder.path)).toHaveLength(5);
});

test('temporary files are removed at the start', () => {
  using folder = new TemporaryFolder();
  writeFileSync(join(folder.path, 'a.tmp'), 'half');
  open(folder.path);
  expect(readdirSync(folder.path)).toEqual([]);
});
