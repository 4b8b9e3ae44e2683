import { crc32c } from '@sluis/protocol';
import type { LogFile } from './log-file.ts';
import { StorageError } from './storage-error.ts';

/**
 * 1: segments of the outbox without their times. 2: with them; journal files may be thinned out. 3: entries of the journal
 * with their times.
 */
export const FORMAT = 3;
const OLDEST_FORMAT = 1;

export const headerSchema = `
  PRAGMA user_version = ${FORMAT};
  CREATE TABLE header (json TEXT NOT NULL, crc INTEGER NOT NULL) STRICT;
`;

/** What each file of a log begins with. */
export interface Header<Counts> {
  /** Ids below this had been given when the file was made. */
  readonly series: number;
  readonly start: Counts;
  /** The file before it, for when that one is lost. */
  readonly previous: { readonly number: number; readonly start: Counts } | null;
}

export function writeHeader<Counts>(file: LogFile, header: Header<Counts>): void {
  const json = JSON.stringify(header);
  file.statement('INSERT INTO header (json, crc) VALUES (?, ?)').run(json, crc32c(Buffer.from(json)));
}

/**
 * Undefined if the file was never started.
 * @throws StorageError 'damaged', or 'io' if another version wrote the file
 */
export function readHeader<Counts>(file: LogFile): Header<Counts> | undefined {
  if (!file.hasTable('header')) return undefined;
  const { format } = file;
  if (format < OLDEST_FORMAT || format > FORMAT) {
    throw new StorageError(
      'io',
      `${file.path} has format ${format}, and this version reads ${OLDEST_FORMAT} to ${FORMAT}: use the version that wrote it`,
    );
  }
  const row = file.statement('SELECT json, crc FROM header').get() as { json: string; crc: number } | undefined;
  if (!row || crc32c(Buffer.from(row.json)) !== row.crc) {
    throw new StorageError('damaged', `the header of ${file.path} is damaged`);
  }
  return JSON.parse(row.json) as Header<Counts>;
}
