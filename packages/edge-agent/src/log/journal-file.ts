import { newEpoch } from './epoch.ts';
import type { LogFile } from './log-file.ts';
import type { FaultedStream, JournalEntry } from './log.ts';
import type { Point } from './shed-record.ts';
import { thinnedOf } from './thinned-file.ts';

/*
 * What a file of the journal holds beside cursors and what was shed: a table of entries. The last of them do not count
 * where their commit failed. So who asks for entries says which is the last valid one; only a start finds that out.
 */

export const journalSchema = `
  CREATE TABLE entry (
    sequence INTEGER PRIMARY KEY, source TEXT NOT NULL, clock INTEGER NOT NULL,
    samples INTEGER NOT NULL, crc INTEGER NOT NULL, bytes BLOB NOT NULL, first_time INTEGER, last_time INTEGER
  ) STRICT;
`;

/** Counts of the journal's life up to some point. */
export interface Counts {
  readonly epoch: string;
  /** Sequence of the next entry. */
  readonly next: number;
  /** The last valid sequence; those between it and `next` are burned. */
  readonly valid: number;
  readonly entries: number;
  readonly samples: number;
  /** Clock of the last entry in µs, null before the first. */
  readonly clock: number | null;
}

export interface EntryRow {
  readonly sequence: number;
  readonly source: string;
  readonly clock: number;
  readonly samples: number;
  readonly crc: number;
  readonly bytes: Buffer;
}

export function insertEntry(file: LogFile, sequence: number, entry: JournalEntry): void {
  const { source, clock, samples, crc, bytes, minTime, maxTime } = entry;
  const times = samples > 0 ? [minTime, maxTime] : [null, null];
  file
    .statement(
      'INSERT INTO entry (sequence, source, clock, samples, crc, bytes, first_time, last_time) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
    )
    .run(sequence, source, clock, samples, crc, bytes, ...times);
}

/** Entries after a sequence, in order. */
export function entriesOf(file: LogFile, { after, valid }: { after: number; valid: number }): Iterable<EntryRow> {
  const sql =
    'SELECT sequence, source, clock, samples, crc, bytes FROM entry WHERE sequence > ? AND sequence <= ? ORDER BY sequence';
  return file.statement(sql).iterate(after, valid) as Iterable<EntryRow>;
}

/** Clock of the first entry, null if there is none. */
export function firstClock(file: LogFile, valid: number): number | null {
  const sql = 'SELECT clock FROM entry WHERE sequence <= ? ORDER BY sequence LIMIT 1';
  const clock = file.statement(sql).pluck().get(valid);
  return typeof clock === 'number' ? clock : null;
}

/** What a stream has not processed of the entries. */
export function takenBy(
  file: LogFile,
  { after, sources }: FaultedStream,
  valid: number,
): { entries: number; samples: number } {
  const sql = `
    SELECT count(*) AS entries, coalesce(sum(samples), 0) AS samples FROM entry
    WHERE sequence > ? AND sequence <= ? AND source IN (SELECT value FROM json_each(?))
  `;
  return file.statement(sql).get(after, valid, JSON.stringify(sources)) as { entries: number; samples: number };
}

export function pointOf({ next, entries, samples }: Counts): Point {
  return { next, entries, samples };
}

export function emptyCounts(): Counts {
  return { epoch: newEpoch(), next: 1, valid: 0, entries: 0, samples: 0, clock: null };
}

/** Counts at the end of a file, from those at its start. */
export function scan(file: LogFile, start: Counts): Counts {
  const row = file
    .statement('SELECT count(*) AS entries, sum(samples) AS samples, max(sequence) AS last FROM entry')
    .get() as { entries: number; samples: number | null; last: number | null };
  const shed = thinnedOf(file);
  const last = Math.max(row.last ?? 0, shed.last);
  if (last === 0) return start;
  // Of an entry that was shed the clock is not known; the one before it is close.
  const clock = file.statement('SELECT clock FROM entry ORDER BY sequence DESC LIMIT 1').pluck().get();
  return {
    epoch: start.epoch,
    next: last + 1,
    valid: last,
    entries: start.entries + row.entries + shed.entries,
    samples: start.samples + (row.samples ?? 0) + shed.samples,
    clock: typeof clock === 'number' ? clock : start.clock,
  };
}
