import { crc32c, type Range } from '@sluis/protocol';
import { boundedLosses } from './journal-losses.ts';
import type { LogFile } from './log-file.ts';
import type { JournalLoss, Missed, ShedCounts, ShedReason, TimeSpan } from './log.ts';
import { StorageError } from './storage-error.ts';
import type { ThinnedRow } from './thinned-file.ts';

/** Made in a file when there is first something to record. */
const schema =
  'CREATE TABLE IF NOT EXISTS shed (id INTEGER PRIMARY KEY, json TEXT NOT NULL, crc INTEGER NOT NULL) STRICT;';

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

/** What is known of the journal's life beside what its files hold, as its newest file has it. */
export interface ShedRecord {
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

export const emptyRecord: ShedRecord = {
  counts: {},
  through: 0,
  losses: [],
  damaged: [],
  missed: {},
  forsaken: 0,
  holes: [],
};

/** A file's record, or an empty one. */
export function readRecord(file: LogFile): ShedRecord {
  if (!file.hasTable('shed')) return emptyRecord;
  const { json, crc } = file.statement('SELECT json, crc FROM shed').get() as { json: string; crc: number };
  if (crc32c(Buffer.from(json)) !== crc) {
    throw new StorageError('damaged', `the record of what was shed in ${file.path} is damaged`);
  }
  return recordOf(JSON.parse(json) as RecordedRecord);
}

/** Within a transaction. */
export function writeRecord(file: LogFile, record: ShedRecord): void {
  const json = JSON.stringify(record);
  file.execute(schema);
  file.statement('INSERT OR REPLACE INTO shed (id, json, crc) VALUES (1, ?, ?)').run(json, crc32c(Buffer.from(json)));
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

/** With a further hole. Neighbours become one: there are no more holes than files between them. */
export function withHole(record: ShedRecord, added: Hole): ShedRecord {
  const found: Hole[] = [];
  for (const hole of [...record.holes, added].toSorted((a, b) => a.from.next - b.from.next)) {
    const before = found.at(-1);
    if (before?.to.next === hole.from.next) found.splice(-1, 1, { from: before.from, to: hole.to });
    else found.push(hole);
  }
  return { ...record, holes: found };
}

/** With what streams miss of the files up to a number, which were let go. */
export function withMissed(record: ShedRecord, missed: ShedRecord['missed'], forsaken: number): ShedRecord {
  const sum = { ...record.missed };
  for (const [stream, { entries, samples, since }] of Object.entries(missed)) {
    const known = sum[stream] ?? { entries: 0, samples: 0, since };
    sum[stream] = { ...known, entries: known.entries + entries, samples: known.samples + samples };
  }
  return { ...record, missed: sum, forsaken };
}

/** With what was given up of a file. */
export function withRows(record: ShedRecord, rows: readonly ThinnedRow[]): ShedRecord {
  const losses = boundedLosses([...record.losses, ...rows.map(lossOf)]);
  return { ...record, counts: sumOfCounts(record.counts, countsOf(rows)), losses };
}

export function lossOf({
  source,
  reason,
  entries,
  samples,
  first,
  last,
  firstTime,
  lastTime,
}: ThinnedRow): JournalLoss {
  const times: TimeSpan | null = firstTime === null || lastTime === null ? null : { first: firstTime, last: lastTime };
  return { source, reason, entries, samples, sequences: { from: first, to: last + 1 }, times };
}

export function countsOf(rows: readonly ThinnedRow[]): ShedCounts {
  let counts: ShedCounts = {};
  for (const { source, reason, entries, samples } of rows) {
    counts = sumOfCounts(counts, { [source]: { [reason]: { entries, samples } } });
  }
  return counts;
}

export function sumOfCounts(a: ShedCounts, b: ShedCounts): ShedCounts {
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
