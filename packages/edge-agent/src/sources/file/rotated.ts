import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import type { SourceContext } from '@sluis/plugin-sdk';
import { LF } from '../ascii.ts';
import { Fingerprint } from './fingerprint.ts';
import { type Entry, inOrderOfTime, listFiles } from './folder.ts';
import { readAt } from './read-at.ts';

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
    .sort((a, b) => inOrderOfTime(a.modified, b.modified));
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

/** A file that came and was renamed before anybody looked at it is not read. */
export function tellUnread(context: SourceContext<unknown>, path: string, reason: string): void {
  context.reject('rotated unread', 1, `${path}: ${reason}`);
  context.log.warn(
    { path, reason },
    `${basename(path)} was rotated before it was looked at, and is not read: give it to a source of its own if it is wanted`,
  );
}
