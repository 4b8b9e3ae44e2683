import { crc32c, type Range, RangeSet } from '@sluis/protocol';
import type { LogFile } from './log-file.ts';
import { boundedLosses } from './journal-losses.ts';
import type { JournalLoss, Missed, ShedCounts, ShedReason, ShedRequest, TimeSpan } from './log.ts';
import { StorageError } from './storage-error.ts';

/*
 * Files of the journal hold entries of all sources, and only those of some may be given up. So a file is thinned out: it
 * is written again without them, with what they were, and put in its own place (`SegmentedLog.rewrite`). What was given
 * up in a file and how much it was change with one rename: a kill leaves the old file or the new one.
 *
 * When such a file is retired, its counts must outlive it: they are added to a record in the newest file, which says up
 * to which file that was done; only then the file is unlinked. A kill in between leaves a file whose counts are in the
 * record already, and are not added again. Each new file starts with the record.
 *
 * A file in which only ticks are left may go though older ones stay. It leaves a hole in the log, which the record tells
 * from a file that was lost.
 *
 * The record also says what streams that had faulted miss of files that were let go for want of room. Files of
 * both kinds are not read again once that is recorded: one that a kill has left goes with the next start.
 *
 * The record also holds what was found damaged, as it is found once and the file with it may be read again: it is written
 * a moment later, and what a kill forgets is found again, or was passed by all streams before.
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

/** Up to some point of the journal, ticks included. */
export interface Point {
  /** Sequence of the next entry. */
  readonly next: number;
  readonly entries: number;
  readonly samples: number;
}

/** A part of the journal whose files are gone. */
export interface Hole {
  readonly from: Point;
  readonly to: Point;
}

interface ShedRecord {
  readonly counts: ShedCounts;
  /** Files up to this number are in the counts. */
  readonly through: number;
  /** The counts by parts of the journal, and what was found damaged. */
  readonly losses: readonly JournalLoss[];
  /** Sequences that were found damaged, of those that may be read again. */
  readonly damaged: readonly Range[];
  /** By stream. */
  readonly missed: Readonly<Record<string, Missed>>;
  /** Files up to this number were let go though streams would have read them. */
  readonly forsaken: number;
  /** In order; beside the oldest file that is held. */
  readonly holes: readonly Hole[];
}

/** Of one file. */
interface ThinnedRow {
  readonly source: string;
  readonly reason: ShedReason;
  readonly entries: number;
  readonly samples: number;
  readonly first: number;
  readonly last: number;
  readonly firstTime: number | null;
  readonly lastTime: number | null;
}

const nothing: ShedRecord = { counts: {}, through: 0, losses: [], damaged: [], missed: {}, forsaken: 0, holes: [] };

/** What was given up of the journal, and what was found damaged, by source and reason, over its life. */
export class ShedEntries {
  #record = nothing;
  #isRecorded = true;
  /** Of the files that are held, by number. */
  readonly #held = new Map<number, readonly ThinnedRow[]>();

  get total(): ShedCounts {
    return this.#unretired.reduce((total, rows) => sumOf(total, countsOf(rows)), this.#record.counts);
  }

  get losses(): readonly JournalLoss[] {
    return boundedLosses([...this.#record.losses, ...this.#unretired.flat().map(lossOf)]);
  }

  /** What was found damaged. */
  get damaged(): { entries: number; samples: number } {
    const found = this.#record.losses.filter(({ reason }) => reason === 'damaged');
    return { entries: sumBy(found, 'entries'), samples: sumBy(found, 'samples') };
  }

  /** What streams have missed. */
  get missed(): Readonly<Record<string, Missed>> {
    return this.#record.missed;
  }

  /** No file up to this number is to be read again. */
  get forsaken(): number {
    return this.#record.forsaken;
  }

  /** False if something was found that only memory holds. */
  get isRecorded(): boolean {
    return this.#isRecorded;
  }

  /** What of the held files is in no record. */
  get #unretired(): (readonly ThinnedRow[])[] {
    return [...this.#held].filter(([number]) => number > this.#record.through).map(([, rows]) => rows);
  }

  /** What a held file lacks of what was written to it. */
  in(number: number): { entries: number; samples: number } {
    const rows = this.#held.get(number) ?? [];
    return { entries: sumBy(rows, 'entries'), samples: sumBy(rows, 'samples') };
  }

  /** Takes over what a file says of itself. */
  recoverFile(number: number, file: LogFile): void {
    const rows = readThinned(file);
    if (rows.length > 0) this.#held.set(number, rows);
  }

  /** Takes over the newest file's record. */
  recover(file: LogFile): void {
    if (!hasTable(file, 'shed')) return;
    const { json, crc } = file.statement('SELECT json, crc FROM shed').get() as { json: string; crc: number };
    if (crc32c(Buffer.from(json)) !== crc) {
      throw new StorageError('damaged', `the record of what was shed in ${file.path} is damaged`);
    }
    this.#record = recordOf(JSON.parse(json) as RecordedRecord);
  }

  /** Writes the record, within a transaction. */
  carry(file: LogFile): void {
    if (this.#record !== nothing) writeRecord(file, this.#record);
  }

  /** What was {@link carry | written} is durable. */
  recorded(): void {
    this.#isRecorded = true;
  }

  /** Moves the counts of a file that is about to go to the record. `write` commits to the newest file. */
  retire(number: number, write: (work: (file: LogFile) => void) => void): void {
    const rows = this.#held.get(number);
    if (!rows || number <= this.#record.through) return;
    this.#commit({ ...withRows(this.#record, rows), through: number }, write);
  }

  /** Records what streams miss of a file that is about to go, by stream. */
  forsake(number: number, missed: ShedRecord['missed'], write: (work: (file: LogFile) => void) => void): void {
    this.#commit({ ...this.#record, missed: withMissed(this.#record.missed, missed), forsaken: number }, write);
  }

  /** Moves the counts of a file that is about to go to the record, though older ones stay. */
  vacate(number: number, hole: Hole, write: (work: (file: LogFile) => void) => void): void {
    if (this.isVacated(hole)) return;
    const record = withRows(this.#record, this.#held.get(number) ?? []);
    this.#commit({ ...record, holes: joined([...record.holes, hole]) }, write);
  }

  isVacated({ from, to }: Hole): boolean {
    if (from.next === to.next) return false;
    return this.#record.holes.some((hole) => hole.from.next <= from.next && to.next <= hole.to.next);
  }

  /** What was written to files that are gone, of a part of the journal. */
  vacatedIn({ from, to }: Hole): { entries: number; samples: number } {
    const common = (hole: Hole, key: 'entries' | 'samples'): number =>
      Math.max(0, Math.min(to[key], hole.to[key]) - Math.max(from[key], hole.from[key]));
    const { holes } = this.#record;
    return {
      entries: holes.reduce((sum, hole) => sum + common(hole, 'entries'), 0),
      samples: holes.reduce((sum, hole) => sum + common(hole, 'samples'), 0),
    };
  }

  /** A file is gone. */
  retired(number: number): void {
    this.#held.delete(number);
  }

  #commit(record: ShedRecord, write: (work: (file: LogFile) => void) => void): void {
    write((file) => writeRecord(file, record));
    this.#record = record;
    this.#isRecorded = true;
  }

  /** A file was lost: what it said is all that is left of its counts. */
  lose(number: number): void {
    const rows = this.#held.get(number);
    if (rows) this.#note(withRows(this.#record, rows));
    this.#held.delete(number);
  }

  /** Takes note of what is damaged. False if it is known already. */
  damage(loss: Omit<JournalLoss, 'reason'>): boolean {
    const known = new RangeSet(this.#record.damaged);
    if (known.covers(loss.sequences)) return false;
    known.add(loss.sequences);
    const losses = boundedLosses([...this.#record.losses, { ...loss, reason: 'damaged' }]);
    this.#note({ ...this.#record, losses, damaged: known.ranges });
    return true;
  }

  /** Forgets where damage and holes were below the lowest sequence that is held. */
  clip(lowest: number): void {
    const damaged = this.#record.damaged.filter(({ to }) => to > lowest);
    const holes = this.#record.holes.filter(({ to }) => to.next > lowest);
    if (damaged.length < this.#record.damaged.length || holes.length < this.#record.holes.length) {
      this.#record = { ...this.#record, damaged, holes };
    }
  }

  #note(record: ShedRecord): void {
    this.#record = record;
    this.#isRecorded = false;
  }

  /** What is left of a file's entries goes to the file that takes its place, with counts of what does not. */
  thin(
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

  /** The thinned file is in its place. */
  thinned(number: number, rows: readonly ThinnedRow[]): void {
    this.#held.set(number, rows);
  }
}

/** True if a file holds entries that a request lets go. */
export function holdsSome(file: LogFile, valid: number, request: Sheddable): boolean {
  return file.statement(`SELECT 1 FROM entry WHERE ${mayGo} LIMIT 1`).get(...valuesOf(valid, request)) !== undefined;
}

/** What a file lacks, and the last sequence of it; for counting what had been written to it. */
export function thinnedOf(file: LogFile): { entries: number; samples: number; last: number } {
  const rows = readThinned(file);
  const last = Math.max(0, ...rows.map((row) => row.last));
  return { entries: sumBy(rows, 'entries'), samples: sumBy(rows, 'samples'), last };
}

function readThinned(file: LogFile): ThinnedRow[] {
  if (!hasTable(file, 'thinned')) return [];
  const more =
    file.format >= TIMES_FORMAT
      ? 'first, first_time AS firstTime, last_time AS lastTime'
      : 'last AS first, NULL AS firstTime, NULL AS lastTime';
  const rows = file.statement(`SELECT source, reason, entries, samples, last, ${more} FROM thinned`).all();
  return rows as ThinnedRow[];
}

/** As any version has written it. */
type RecordedRecord = Pick<ShedRecord, 'counts' | 'through'> & Partial<ShedRecord>;

/** Before format 3 nobody knew the times of what was shed, and only the counts were recorded. */
function recordOf({
  counts,
  through,
  losses,
  damaged = [],
  missed = {},
  forsaken = 0,
  holes = [],
}: RecordedRecord): ShedRecord {
  const untold = Object.entries(counts).flatMap(([source, reasons]) =>
    Object.entries(reasons).map(([reason, { entries, samples }]) => {
      return { source, reason: reason as ShedReason, entries, samples, sequences: { from: 0, to: 1 }, times: null };
    }),
  );
  return { counts, through, losses: losses ?? untold, damaged, missed, forsaken, holes };
}

/** Neighbours become one: there are no more holes than files between them. */
function joined(holes: readonly Hole[]): Hole[] {
  const found: Hole[] = [];
  for (const hole of holes.toSorted((a, b) => a.from.next - b.from.next)) {
    const before = found.at(-1);
    if (before?.to.next === hole.from.next) found.splice(-1, 1, { from: before.from, to: hole.to });
    else found.push(hole);
  }
  return found;
}

function withMissed(before: ShedRecord['missed'], missed: ShedRecord['missed']): ShedRecord['missed'] {
  const sum = { ...before };
  for (const [stream, { entries, samples, since }] of Object.entries(missed)) {
    const known = sum[stream] ?? { entries: 0, samples: 0, since };
    sum[stream] = { ...known, entries: known.entries + entries, samples: known.samples + samples };
  }
  return sum;
}

function withRows(record: ShedRecord, rows: readonly ThinnedRow[]): ShedRecord {
  const losses = boundedLosses([...record.losses, ...rows.map(lossOf)]);
  return { ...record, counts: sumOf(record.counts, countsOf(rows)), losses };
}

function lossOf({ source, reason, entries, samples, first, last, firstTime, lastTime }: ThinnedRow): JournalLoss {
  const times: TimeSpan | null = firstTime === null || lastTime === null ? null : { first: firstTime, last: lastTime };
  return { source, reason, entries, samples, sequences: { from: first, to: last + 1 }, times };
}

function sumBy<K extends 'entries' | 'samples'>(items: readonly Readonly<{ [key in K]: number }>[], key: K): number {
  return items.reduce((sum, item) => sum + item[key], 0);
}

function writeRecord(file: LogFile, record: ShedRecord): void {
  const json = JSON.stringify(record);
  file.execute(recordSchema);
  file.statement('INSERT OR REPLACE INTO shed (id, json, crc) VALUES (1, ?, ?)').run(json, crc32c(Buffer.from(json)));
}

function hasTable(file: LogFile, name: string): boolean {
  return file.statement('SELECT count(*) FROM sqlite_schema WHERE name = ?').pluck().get(name) !== 0;
}

function countsOf(rows: readonly ThinnedRow[]): ShedCounts {
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
