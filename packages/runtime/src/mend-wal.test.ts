import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type MendedWal, mendWal } from './mend-wal.ts';

const PAGE_BYTES = 4096;
const FRAME_BYTES = 24 + PAGE_BYTES;
const HEADER_BYTES = 32;
const COMMITS = 5;

let folder: string;
/** As a kill leaves it. */
let whole: Buffer;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluis-wal-'));
  const database = new Database(join(folder, 'open.db'));
  database.pragma(`page_size = ${PAGE_BYTES}`);
  database.pragma('journal_mode = WAL');
  database.exec('CREATE TABLE record (bytes BLOB) STRICT');
  for (let i = 0; i < COMMITS; i++) database.prepare('INSERT INTO record VALUES (randomblob(3000))').run();
  copyFileSync(join(folder, 'open.db'), join(folder, 'file.db'));
  whole = readFileSync(join(folder, 'open.db-wal'));
  database.close();
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function mended(wal: Buffer): MendedWal & { wal: Buffer; records: unknown } {
  copyFileSync(join(folder, 'file.db'), join(folder, 'killed.db'));
  const path = join(folder, 'killed.db-wal');
  writeFileSync(path, wal);
  const found = mendWal(path);
  const after = readFileSync(path);
  const database = new Database(join(folder, 'killed.db'));
  database.pragma('locking_mode = EXCLUSIVE');
  const records = database.prepare("SELECT count(*) FROM sqlite_schema WHERE name = 'record'").pluck().get()
    ? database.prepare('SELECT count(*) FROM record').pluck().get()
    : 0;
  database.close();
  return { ...found, wal: after, records };
}

function flipped(...places: readonly (readonly [at: number, bit: number])[]): Buffer {
  const wal = Buffer.from(whole);
  for (const [at, bit] of places) wal[at] ^= 1 << bit;
  return wal;
}

test('no commit is lost for a bit that flipped anywhere in a WAL', () => {
  // Not the last bytes of page numbers: which of their bits it was remains open, and a page is then in a wrong place.
  const inFrame = [0, 1, 5, 8, 11, 13, 16, 19, 23, 24, 25, 31, 32, 1000, 1001, 1002, 1003, FRAME_BYTES - 5];
  const frames = [1, Math.floor(whole.length / FRAME_BYTES) - 1];
  for (const at of Array(HEADER_BYTES).keys()) {
    for (const bit of [0, 7]) {
      const { flipped: some, records } = mended(flipped([at, bit]));
      expect({ first: some[0], records }, `bit ${bit} of ${at}`).toEqual({ first: -1, records: COMMITS });
    }
  }
  for (const frame of frames) {
    for (const at of inFrame) {
      for (const bit of [0, 7]) {
        const { records, ...result } = mended(flipped([HEADER_BYTES + frame * FRAME_BYTES + at, bit]));
        expect(result.flipped, `bit ${bit} of ${at} in frame ${frame}`).toEqual([frame]);
        // The bits of the first two bytes of a word are known for certain.
        if (at % 4 < 2 && at >= 24) expect(result.wal.equals(whole)).toBe(true);
        expect(records, `bit ${bit} of ${at} in frame ${frame}`).toBe(COMMITS);
      }
    }
  }
});

test('one in each of two frames is mended too, and what is whole is left alone', () => {
  const [one, other] = [HEADER_BYTES + 100, HEADER_BYTES + 2 * FRAME_BYTES + 2003];
  expect(mended(flipped([one, 0], [other, 7]))).toMatchObject({ flipped: [0, 2], records: COMMITS });
  expect(mended(flipped([one + 3, 7], [other, 7]))).toMatchObject({ flipped: [0, 2], records: COMMITS });
  expect(mended(whole)).toMatchObject({ flipped: [], damaged: [], lostFrom: undefined, wal: whole });
});

test('what a kill left half mended is mended', () => {
  const damaged = flipped([HEADER_BYTES + FRAME_BYTES + 1003, 7]);
  const { wal } = mended(damaged);
  const half = Buffer.from(wal);
  const upTo = HEADER_BYTES + 3 * FRAME_BYTES;
  damaged.copy(half, 0, 0, upTo);
  const again = mended(half);
  expect(again).toMatchObject({ flipped: [1], records: COMMITS });
  expect(again.wal.equals(wal)).toBe(true);
});

test('what a cut has torn is left to SQLite', () => {
  const last = whole.length - FRAME_BYTES;
  const torn = Buffer.from(whole);
  torn.fill(0, last + 24 + 512);
  for (const wal of [torn, whole.subarray(0, last + 700), flipped([last + 30, 1], [last + 900, 4]), Buffer.alloc(0)]) {
    const result = mended(wal);
    expect(result).toMatchObject({ flipped: [], damaged: [], lostFrom: undefined });
    expect(result.wal.equals(wal)).toBe(true);
    expect(result.records).toBeLessThan(COMMITS);
  }
});

test('of worse damage in a frame that was on the disk no commit is lost, and it is told', () => {
  for (const frame of [1, 2]) {
    const at = HEADER_BYTES + frame * FRAME_BYTES + 24 + 1000;
    const { records, ...two } = mended(flipped([at, 1], [at + 900, 4]));
    expect([two, records]).toMatchObject([{ flipped: [], damaged: [frame], lostFrom: undefined }, COMMITS]);
    const hole = Buffer.from(whole);
    hole.fill(0xff, at, at + 512);
    expect(mended(hole)).toMatchObject({ damaged: [frame], records: COMMITS });
    // One bit of its salts beside one of its page.
    expect(mended(flipped([at, 1], [at - 1015, 4]))).toMatchObject({ damaged: [frame], records: COMMITS });
  }
});

test('where what follows shows that commits were on the disk and they cannot be had, that is told', () => {
  const at = HEADER_BYTES + FRAME_BYTES;
  for (const wal of [flipped([at + 9, 1], [at + 10, 4]), flipped([at + 30, 1], [at + 17, 4], [at + 18, 3])]) {
    const result = mended(wal);
    expect(result).toMatchObject({ flipped: [], damaged: [], lostFrom: 1 });
    expect(result.wal.equals(wal)).toBe(true);
    expect(result.records).toBeLessThan(COMMITS);
  }
});
