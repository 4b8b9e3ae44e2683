import { crc32c, Lane, type Range } from '@sluis/protocol';
import type { LogFile } from './log-file.ts';
import type { LossReason, SegmentTotals, StreamPosition, TimeSpan } from './log.ts';
import type { GivenUpRange } from './outbox-lane.ts';
import { StorageError } from './storage-error.ts';
import type { RecordedUnconfirmed } from './unconfirmed.ts';

/*
 * What a file of the outbox holds: a table of segments for each lane, the positions of all streams, and one record of
 * acks and losses. Files of format 1 do not have the times of segments; they are read, and never written to.
 */

/** The first format whose segments have their times beside them. */
const TIMES_FORMAT = 2;

const segmentTable = (lane: Lane) => `
  CREATE TABLE segment${lane} (
    sequence INTEGER PRIMARY KEY, clock INTEGER NOT NULL, samples INTEGER NOT NULL,
    crc INTEGER NOT NULL, series_bound INTEGER NOT NULL, first_time INTEGER, last_time INTEGER, bytes BLOB NOT NULL
  ) STRICT;
`;
export const outboxSchema = `
  ${Object.values(Lane).map(segmentTable).join('')}
  CREATE TABLE position (stream TEXT PRIMARY KEY, epoch TEXT NOT NULL, position INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE progress (id INTEGER PRIMARY KEY, json TEXT NOT NULL, crc INTEGER NOT NULL) STRICT;
`;

/** What the outbox records of acks, and of what it lost: one row, rewritten. */
export interface Progress {
  readonly positionsLost: boolean;
  readonly acked: SegmentTotals;
  readonly lost: Readonly<Partial<Record<LossReason, SegmentTotals>>>;
  readonly lanes: readonly {
    readonly lane: Lane;
    readonly done: readonly Range[];
    readonly counted: readonly Range[];
    readonly closed: readonly Range[];
    readonly givenUp: readonly GivenUpRange[];
    /** Absent in what an older version wrote, which kept nothing of it. */
    readonly unconfirmed?: RecordedUnconfirmed;
  }[];
}

export interface SegmentRow {
  readonly sequence: number;
  readonly samples: number;
  readonly crc: number;
  readonly seriesBound: number;
  readonly bytes: Buffer;
}

type Statement = ReturnType<LogFile['statement']>;

export function insertSegment(file: LogFile, lane: Lane): Statement {
  return file.statement(`
    INSERT INTO segment${lane} (sequence, clock, samples, crc, series_bound, first_time, last_time, bytes)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)
  `);
}

export function selectSegments(file: LogFile, lane: Lane): Statement {
  return file.statement(`
    SELECT sequence, samples, crc, series_bound AS seriesBound, bytes FROM segment${lane}
    WHERE sequence >= ? AND sequence < ? ORDER BY sequence
  `);
}

/** CRCs of the first segments of a range, by sequence. */
export function crcsOf(file: LogFile, lane: Lane, { from, to }: Range, limit: number): [number, number][] {
  const sql = `SELECT sequence, crc FROM segment${lane} WHERE sequence >= ? AND sequence < ? ORDER BY sequence LIMIT ?`;
  return file.statement(sql).raw().all(from, to, limit) as [number, number][];
}

/** From the first to the last time in the segments of a range; null where that is not known or there are none. */
export function timesOf(file: LogFile, lane: Lane, { from, to }: Range): TimeSpan | null {
  if (file.format < TIMES_FORMAT) return null;
  // Segments that hold no sample have no times.
  const row = file
    .statement(
      `SELECT min(first_time) AS first, max(last_time) AS last FROM segment${lane} WHERE sequence >= ? AND sequence < ?`,
    )
    .get(from, to) as { first: number | null; last: number | null };
  return row.first === null || row.last === null ? null : { first: row.first, last: row.last };
}

/** Clock in µs of a lane's first commit in the file, and of its last; undefined if the file holds nothing of it. */
export const firstClock = (file: LogFile, lane: Lane): number | undefined => clockAt(file, lane, 'ASC');
export const lastClock = (file: LogFile, lane: Lane): number | undefined => clockAt(file, lane, 'DESC');

function clockAt(file: LogFile, lane: Lane, order: 'ASC' | 'DESC'): number | undefined {
  const sql = `SELECT clock FROM segment${lane} ORDER BY sequence ${order} LIMIT 1`;
  const clock = file.statement(sql).pluck().get();
  return typeof clock === 'number' ? clock : undefined;
}

export function sumSegments(file: LogFile, lane: Lane, { from, to }: Range): SegmentTotals {
  const row = file.statement(`
    SELECT coalesce(sum(samples), 0) AS samples, count(*) AS segments, coalesce(sum(length(bytes)), 0) AS bytes
    FROM segment${lane} WHERE sequence >= ? AND sequence < ?
  `);
  return row.get(from, to) as SegmentTotals;
}

export function writePosition(file: LogFile, stream: string, { epoch, position }: StreamPosition): void {
  file
    .statement('INSERT OR REPLACE INTO position (stream, epoch, position) VALUES (?, ?, ?)')
    .run(stream, epoch, position);
}

export function readPositions(file: LogFile): Record<string, StreamPosition> {
  const positions: Record<string, StreamPosition> = {};
  for (const row of file.statement('SELECT stream, epoch, position FROM position').all()) {
    const { stream, epoch, position } = row as StreamPosition & { stream: string };
    positions[stream] = { epoch, position };
  }
  return positions;
}

export function writeProgress(file: LogFile, progress: Progress): void {
  const json = JSON.stringify(progress);
  file
    .statement('INSERT OR REPLACE INTO progress (id, json, crc) VALUES (1, ?, ?)')
    .run(json, crc32c(Buffer.from(json)));
}

/** @throws StorageError the record is damaged */
export function readProgress(file: LogFile): Progress {
  const { json, crc } = file.statement('SELECT json, crc FROM progress').get() as { json: string; crc: number };
  if (crc32c(Buffer.from(json)) !== crc) {
    throw new StorageError('damaged', `the record of acks in ${file.path} is damaged`);
  }
  const { damaged, refused, ...recorded } = JSON.parse(json) as RecordedProgress;
  const lost = recorded.lost ?? { ...(damaged && { damaged }), ...(refused && { refused }) };
  // Before format 2 nobody knew the times of what was given up, and its epoch was not recorded.
  const lanes = recorded.lanes.map(({ givenUp = [], ...lane }) => {
    return { ...lane, givenUp: givenUp.map((range) => ({ epoch: '', ...range, times: range.times ?? null })) };
  });
  return { positionsLost: false, ...recorded, lost, lanes };
}

/** As any version has written it. */
type RecordedProgress = Omit<Progress, 'positionsLost' | 'lost' | 'lanes'> & {
  readonly positionsLost?: boolean;
  readonly lost?: Progress['lost'];
  readonly damaged?: SegmentTotals;
  readonly refused?: SegmentTotals;
  readonly lanes: readonly (Omit<Progress['lanes'][number], 'givenUp'> & {
    readonly givenUp?: readonly (Omit<GivenUpRange, 'times' | 'epoch'> & Partial<GivenUpRange>)[];
  })[];
};
