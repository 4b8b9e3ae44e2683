import type { LogFile } from './log-file.ts';
import type { ShedReason, ShedRequest } from './log.ts';

/*
 * Files of the journal hold entries of all sources, and only those of some may be given up. So a file is thinned out: it
 * is written again without them, with what they were, and put in its own place (`SegmentedLog.rewrite`). What was given
 * up in a file and how much it was change with one rename: a kill leaves the old file or the new one.
 */

/** Made in a file when it is first thinned out. */
const thinnedSchema = `
  CREATE TABLE IF NOT EXISTS thinned (
    source TEXT NOT NULL, reason TEXT NOT NULL, entries INTEGER NOT NULL, samples INTEGER NOT NULL,
    first INTEGER NOT NULL, last INTEGER NOT NULL, first_time INTEGER, last_time INTEGER, PRIMARY KEY (source, reason)
  ) STRICT, WITHOUT ROWID;
`;
/** In files of formats without the times of entries. */
const untimedSchema = `
  CREATE TABLE IF NOT EXISTS thinned (
    source TEXT NOT NULL, reason TEXT NOT NULL, entries INTEGER NOT NULL, samples INTEGER NOT NULL,
    last INTEGER NOT NULL, PRIMARY KEY (source, reason)
  ) STRICT, WITHOUT ROWID;
`;
const addUntimed = `
  INSERT INTO thinned (source, reason, entries, samples, last) VALUES (?, ?, ?, ?, ?)
  ON CONFLICT DO UPDATE SET
    entries = entries + excluded.entries, samples = samples + excluded.samples, last = max(last, excluded.last)
`;
/** Entries without samples have no times. */
const addThinned = `
  INSERT INTO thinned (source, reason, entries, samples, last, first, first_time, last_time) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT DO UPDATE SET
    entries = entries + excluded.entries, samples = samples + excluded.samples,
    first = min(first, excluded.first), last = max(last, excluded.last),
    first_time = min(coalesce(first_time, excluded.first_time), coalesce(excluded.first_time, first_time)),
    last_time = max(coalesce(last_time, excluded.last_time), coalesce(excluded.last_time, last_time))
`;
/** The first format whose entries have their times beside them. */
const TIMES_FORMAT = 3;

/**
 * Entries that may go: those of the sources, outside the stretch that running streams may still have to read again. What
 * all streams are done with is no loss: it goes with its file, and is not counted.
 */
const mayGo = `
  source IN (SELECT value FROM json_each(?)) AND sequence <= ? AND sequence > ? AND (sequence <= ? OR sequence > ?)
`;

/** What may go, and up to where no stream at all needs anything. */
export type Sheddable = ShedRequest & { readonly done: number };

function valuesOf(valid: number, { sources, done, upTo, after }: Sheddable): unknown[] {
  return [JSON.stringify(sources), valid, done, upTo, after];
}

/** What a file lacks of one source, and why. */
export interface ThinnedRow {
  readonly source: string;
  readonly reason: ShedReason;
  readonly entries: number;
  readonly samples: number;
  readonly first: number;
  readonly last: number;
  readonly firstTime: number | null;
  readonly lastTime: number | null;
}

/** What is left of a file's entries goes to the file that takes its place, with counts of what does not. */
export function thin(
  valid: number,
  { source, target }: { source: LogFile; target: LogFile },
  { request, reason }: { request: Sheddable; reason: ShedReason },
): readonly ThinnedRow[] {
  const which = valuesOf(valid, request);
  const timed = source.format >= TIMES_FORMAT;
  target.execute(timed ? thinnedSchema : untimedSchema);
  const times = timed
    ? 'min(first_time) AS firstTime, max(last_time) AS lastTime'
    : 'NULL AS firstTime, NULL AS lastTime';
  const rows = source
    .statement(
      `SELECT source, count(*) AS entries, sum(samples) AS samples, min(sequence) AS first, max(sequence) AS last, ${times}
         FROM entry WHERE ${mayGo} GROUP BY source`,
    )
    .all(...which) as Omit<ThinnedRow, 'reason'>[];
  for (const row of rows) {
    const { entries, samples, first, last, firstTime, lastTime } = row;
    const values = [row.source, reason, entries, samples, last, ...(timed ? [first, firstTime, lastTime] : [])];
    target.statement(timed ? addThinned : addUntimed).run(...values);
  }
  const columns = `sequence, source, clock, samples, crc, bytes${timed ? ', first_time, last_time' : ''}`;
  const insert = target.statement(`INSERT INTO entry (${columns}) VALUES (${columns.split(',').map(() => '?')})`);
  // Beyond the last valid entry there is only what a commit that failed has left.
  const left = source.statement(`SELECT ${columns} FROM entry WHERE sequence <= ? AND NOT (${mayGo})`).raw();
  for (const row of left.iterate(valid, ...which)) insert.run(...(row as unknown[]));
  return readThinned(target);
}

/** True if a file holds entries that a request lets go. */
export function holdsSome(file: LogFile, valid: number, request: Sheddable): boolean {
  return file.statement(`SELECT 1 FROM entry WHERE ${mayGo} LIMIT 1`).get(...valuesOf(valid, request)) !== undefined;
}

/** What a file lacks, and the last sequence of it; for counting what had been written to it. */
export function thinnedOf(file: LogFile): { entries: number; samples: number; last: number } {
  const rows = readThinned(file);
  const last = Math.max(0, ...rows.map((row) => row.last));
  return { ...sumOf(rows), last };
}

/** What was given up of a file; nothing of one that was never thinned out. */
export function readThinned(file: LogFile): ThinnedRow[] {
  if (!file.hasTable('thinned')) return [];
  const more =
    file.format >= TIMES_FORMAT
      ? 'first, first_time AS firstTime, last_time AS lastTime'
      : 'last AS first, NULL AS firstTime, NULL AS lastTime';
  const rows = file.statement(`SELECT source, reason, entries, samples, last, ${more} FROM thinned`).all();
  return rows as ThinnedRow[];
}

/** How many entries and samples rows tell of. */
export function sumOf(rows: readonly { readonly entries: number; readonly samples: number }[]): {
  entries: number;
  samples: number;
} {
  return {
    entries: rows.reduce((sum, { entries }) => sum + entries, 0),
    samples: rows.reduce((sum, { samples }) => sum + samples, 0),
  };
}
