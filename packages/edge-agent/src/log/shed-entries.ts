import { crc32c } from '@sluis/protocol';
import type { LogFile } from './log-file.ts';
import type { ShedCounts, ShedReason, ShedRequest } from './log.ts';
import { StorageError } from './storage-error.ts';

/*
 * Files of the journal hold entries of all sources, and only those of some may be given up. So a file is thinned out: it
 * is written again without them, with what they were, and put in its own place (`SegmentedLog.rewrite`). What was given
 * up in a file and how much it was change with one rename: a kill leaves the old file or the new one.
 *
 * When such a file is retired, its counts must outlive it: they are added to a record in the newest file, which says up
 * to which file that was done; only then the file is unlinked. A kill in between leaves a file whose counts are in the
 * record already, and are not added again. Each new file starts with the record.
 */

/** Made in a file when it is first thinned out. */
const thinnedSchema = `
  CREATE TABLE IF NOT EXISTS thinned (
    source TEXT NOT NULL, reason TEXT NOT NULL, entries INTEGER NOT NULL, samples INTEGER NOT NULL,
    last INTEGER NOT NULL, PRIMARY KEY (source, reason)
  ) STRICT, WITHOUT ROWID;
`;
/** Made in a file when there is first something to record. */
const recordSchema =
  'CREATE TABLE IF NOT EXISTS shed (id INTEGER PRIMARY KEY, json TEXT NOT NULL, crc INTEGER NOT NULL) STRICT;';

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

interface Record {
  readonly counts: ShedCounts;
  /** Files up to this number are in the counts. */
  readonly through: number;
}

interface ThinnedRow {
  readonly source: string;
  readonly reason: ShedReason;
  readonly entries: number;
  readonly samples: number;
  readonly last: number;
}

/** What was given up of the journal, by source and reason, over its life. */
export class ShedEntries {
  #record: Record = { counts: {}, through: 0 };
  /** Of the files that are held, by number. */
  readonly #held = new Map<number, ShedCounts>();

  get total(): ShedCounts {
    let total = this.#record.counts;
    for (const [number, counts] of this.#held) if (number > this.#record.through) total = sumOf(total, counts);
    return total;
  }

  /** What a held file lacks of what was written to it. */
  in(number: number): { entries: number; samples: number } {
    return totalOf(this.#held.get(number) ?? {});
  }

  /** Takes over what a file says of itself. */
  recoverFile(number: number, file: LogFile): void {
    const rows = readThinned(file);
    if (rows.length > 0) this.#held.set(number, countsOf(rows));
  }

  /** Takes over the newest file's record. */
  recover(file: LogFile): void {
    if (!hasTable(file, 'shed')) return;
    const { json, crc } = file.statement('SELECT json, crc FROM shed').get() as { json: string; crc: number };
    if (crc32c(Buffer.from(json)) !== crc) {
      throw new StorageError('damaged', `the record of what was shed in ${file.path} is damaged`);
    }
    this.#record = JSON.parse(json) as Record;
  }

  /** Writes the record, within a transaction. */
  carry(file: LogFile): void {
    if (Object.keys(this.#record.counts).length > 0) writeRecord(file, this.#record);
  }

  /** Moves the counts of a file that is about to go to the record. `write` commits to the newest file. */
  retire(number: number, write: (work: (file: LogFile) => void) => void): void {
    const counts = this.#held.get(number);
    if (counts && number > this.#record.through) {
      const record = { counts: sumOf(this.#record.counts, counts), through: number };
      write((file) => writeRecord(file, record));
      this.#record = record;
    }
    this.#held.delete(number);
  }

  /** A file was lost: what it said is all that is left of its counts, and is recorded with the next file. */
  lose(number: number): void {
    const counts = this.#held.get(number);
    if (counts) this.#record = { ...this.#record, counts: sumOf(this.#record.counts, counts) };
    this.#held.delete(number);
  }

  /** What is left of a file's entries goes to the file that takes its place, with counts of what does not. */
  thin(
    { number, valid }: { number: number; valid: number },
    { source, target }: { source: LogFile; target: LogFile },
    { request, reason }: { request: Sheddable; reason: ShedReason },
  ): ShedCounts {
    const which = valuesOf(valid, request);
    target.execute(thinnedSchema);
    const rows = source
      .statement(
        `SELECT source, count(*) AS entries, sum(samples) AS samples, max(sequence) AS last FROM entry WHERE ${mayGo} GROUP BY source`,
      )
      .all(...which) as Omit<ThinnedRow, 'reason'>[];
    const add = target.statement(`
      INSERT INTO thinned (source, reason, entries, samples, last) VALUES (?, ?, ?, ?, ?)
      ON CONFLICT DO UPDATE SET
        entries = entries + excluded.entries, samples = samples + excluded.samples, last = max(last, excluded.last)
    `);
    for (const row of rows) add.run(row.source, reason, row.entries, row.samples, row.last);
    const insert = target.statement(
      'INSERT INTO entry (sequence, source, clock, samples, crc, bytes) VALUES (?, ?, ?, ?, ?, ?)',
    );
    // Beyond the last valid entry there is only what a commit that failed has left.
    const left = source
      .statement(
        `SELECT sequence, source, clock, samples, crc, bytes FROM entry WHERE sequence <= ? AND NOT (${mayGo})`,
      )
      .raw();
    for (const row of left.iterate(valid, ...which)) insert.run(...(row as unknown[]));
    const fresh = countsOf(rows.map((row) => ({ ...row, reason })));
    const before = this.#held.get(number) ?? {};
    return sumOf(before, fresh);
  }

  /** The thinned file is in its place. */
  thinned(number: number, counts: ShedCounts): void {
    this.#held.set(number, counts);
  }
}

/** True if a file holds entries that a request lets go. */
export function holdsSome(file: LogFile, valid: number, request: Sheddable): boolean {
  return file.statement(`SELECT 1 FROM entry WHERE ${mayGo} LIMIT 1`).get(...valuesOf(valid, request)) !== undefined;
}

/** What a file lacks, and the last sequence of it; for counting what had been written to it. */
export function thinnedOf(file: LogFile): { entries: number; samples: number; last: number } {
  const rows = readThinned(file);
  return { ...totalOf(countsOf(rows)), last: Math.max(0, ...rows.map(({ last }) => last)) };
}

function readThinned(file: LogFile): ThinnedRow[] {
  if (!hasTable(file, 'thinned')) return [];
  return file.statement('SELECT source, reason, entries, samples, last FROM thinned').all() as ThinnedRow[];
}

function writeRecord(file: LogFile, record: Record): void {
  const json = JSON.stringify(record);
  file.execute(recordSchema);
  file.statement('INSERT OR REPLACE INTO shed (id, json, crc) VALUES (1, ?, ?)').run(json, crc32c(Buffer.from(json)));
}

function hasTable(file: LogFile, name: string): boolean {
  return file.statement('SELECT count(*) FROM sqlite_schema WHERE name = ?').pluck().get(name) !== 0;
}

function countsOf(rows: readonly Omit<ThinnedRow, 'last'>[]): ShedCounts {
  let counts: ShedCounts = {};
  for (const { source, reason, entries, samples } of rows) {
    counts = sumOf(counts, { [source]: { [reason]: { entries, samples } } });
  }
  return counts;
}

function sumOf(a: ShedCounts, b: ShedCounts): ShedCounts {
  const sum = { ...a };
  for (const [source, reasons] of Object.entries(b)) {
    const merged = { ...sum[source] };
    for (const [reason, { entries, samples }] of Object.entries(reasons)) {
      const before = merged[reason as ShedReason] ?? { entries: 0, samples: 0 };
      merged[reason as ShedReason] = { entries: before.entries + entries, samples: before.samples + samples };
    }
    sum[source] = merged;
  }
  return sum;
}

function totalOf(counts: ShedCounts): { entries: number; samples: number } {
  const all = Object.values(counts).flatMap((reasons) => Object.values(reasons));
  return {
    entries: all.reduce((sum, { entries }) => sum + entries, 0),
    samples: all.reduce((sum, { samples }) => sum + samples, 0),
  };
}
