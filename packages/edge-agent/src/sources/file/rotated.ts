import { open } from 'node:fs/promises';
import { LF } from '../ascii.ts';
import { Fingerprint } from './fingerprint.ts';
import { type Entry, listFiles } from './folder.ts';
import { readAt } from './followed-file.ts';

/** What programs that rotate put between a file's name and what they add to it: in.csv.1, in.csv-20260131. */
const SEPARATORS = ['.', '-'];
/** Where a file shows that it is no text. */
const LOOKED_AT_BYTES = 1024;
/** Where the first record of a file ends at the latest, to tell a copy from a file with the same header. */
const FIRST_RECORD_BYTES = 256 << 10;
/** First bytes of compressed files that need not have a NUL where it is looked for. */
const ZSTD = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);
const BZIP2 = Buffer.from('BZh');

/** Files beside `name` whose names begin with it, and that were written to since a time, the earlier written ones first. */
export async function rotatedSince(folder: string, name: string, since: bigint): Promise<Entry[]> {
  const entries = await listFiles(folder, (other) =>
    SEPARATORS.some((separator) => other.startsWith(name + separator)),
  );
  return entries
    .filter(({ modified, size }) => modified >= since && size > 0)
    .sort((a, b) => (a.modified < b.modified ? -1 : a.modified > b.modified ? 1 : 0));
}

/** True if a file holds text, false if it was compressed. */
export async function isText({ path }: Entry): Promise<boolean> {
  await using handle = await open(path, 'r');
  const start = await readAt(handle, 0, LOOKED_AT_BYTES);
  return (
    !start.includes(0) && !start.subarray(0, ZSTD.length).equals(ZSTD) && !start.subarray(0, BZIP2.length).equals(BZIP2)
  );
}

/** True if one of two files begins with all of the other, and that is more than a header, with which files begin alike. */
export async function isCopy(a: Entry, b: Entry): Promise<boolean> {
  await using one = await open(a.path, 'r');
  await using other = await open(b.path, 'r');
  const shared = Math.min(a.size, b.size);
  const start = await readAt(one, 0, Math.min(shared, FIRST_RECORD_BYTES));
  if (start.indexOf(LF, start.indexOf(LF) + 1) <= start.indexOf(LF)) return false;
  const [print, theirs] = await Promise.all(
    [one, other].map((handle) => Fingerprint.of((position, length) => readAt(handle, position, length), shared)),
  );
  return print !== undefined && print.crc === theirs?.crc;
}
