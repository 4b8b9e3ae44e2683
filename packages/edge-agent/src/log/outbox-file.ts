import { crc32c, Lane, type Range } from '@sluis/protocol';
import type { LogFile } from './log-file.ts';
import type { SegmentTotals, StreamPosition } from './log.ts';
import type { GivenUpRange } from './outbox-lane.ts';
import { noSegments } from './segment-totals.ts';
import { StorageError } from './storage-error.ts';

/*
 * What a file of the outbox holds: a table of segments for each lane, the positions of all streams, and one record of
 * acks and losses.
 */

const segmentTable = (lane: Lane) => `
  CREATE TABLE segment${lane} (
    sequence INTEGER PRIMARY KEY, clock INTEGER NOT NULL, samples INTEGER NOT NULL,
    crc INTEGER NOT NULL, series_bound INTEGER NOT NULL, bytes BLOB NOT NULL
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
  readonly damaged: SegmentTotals;
  readonly refused: SegmentTotals;
  readonly lanes: readonly {
    readonly lane: Lane;
    readonly done: readonly Range[];
    readonly counted: readonly Range[];
    readonly closed: readonly Range[];
    readonly givenUp: readonly GivenUpRange[];
  }[];
}

export interface SegmentRow {
  readonly sequence: number;
  readonly samples: number;
  readonly crc: number;
  readonly seriesBound: number;
  readonly bytes: Buffer;
}

export function insertSegment(file: LogFile, lane: Lane) {
  return file.statement(
    `INSERT INTO segment${lane} (sequence, clock, samples, crc, series_bound, bytes) VALUES (?, ?, ?, ?, ?, ?)`,
  );
}

export function selectSegments(file: LogFile, lane: Lane) {
  return file.statement(`
    SELECT sequence, samples, crc, series_bound AS seriesBound, bytes FROM segment${lane}
    WHERE sequence >= ? AND sequence < ? ORDER BY sequence
  `);
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
  // Files from before these were recorded lack them.
  type Later = 'positionsLost' | 'refused';
  const recorded = JSON.parse(json) as Omit<Progress, Later> & Partial<Pick<Progress, Later>>;
  return { positionsLost: false, refused: noSegments, ...recorded };
}
