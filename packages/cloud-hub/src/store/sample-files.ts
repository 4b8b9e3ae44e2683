/*
 * Samples at rest: Parquet files that the query process writes when the store worker asks for them, and that count only
 * once the store worker has made them durable and committed them. Types of what the two say to each other.
 */

/**
 * A Parquet file of samples, sorted by series (its path) and time. Columns: series VARCHAR, time TIMESTAMP WITH TIME
 * ZONE, value DOUBLE, quality UTINYINT, kind UTINYINT, revision USMALLINT, ord UBIGINT, integer BIGINT, text VARCHAR.
 *
 * A *group* is what one job wrote: its files are cut by series, and by time within a series that is large, and no
 * identity (series, time) occurs twice in a group. Groups follow each other in the order of the log: what two of them
 * both hold is decided by revision, then by `ord`.
 */
export interface SampleFile {
  /** Never reused. */
  readonly id: number;
  /** Order of groups in the log; files of one group share it. */
  readonly group: number;
  /** Absolute. Beside it lies `seriesPath`, which tells of each series in the file what the index must know. */
  readonly path: string;
  readonly seriesPath: string;
  readonly rows: number;
  /** Of both files. */
  readonly bytes: number;
  /** µs, both inclusive. */
  readonly firstTime: number;
  readonly lastTime: number;
  /** Paths, both inclusive, in the order of their UTF-8 bytes. */
  readonly firstSeries: string;
  readonly lastSeries: string;
  /** See {@link FileChecksums}; null of a file that came in before they were kept. */
  readonly crc?: number | null;
  readonly seriesCrc?: number | null;
}

export function rowsIn(files: readonly Pick<SampleFile, 'rows'>[]): number {
  return files.reduce((sum, { rows }) => sum + rows, 0);
}

export function bytesOf(files: readonly Pick<SampleFile, 'bytes'>[]): number {
  return files.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** CRC-32 of a file and of the series file beside it. Parquet's own would leave most of what rots unseen. */
export interface FileChecksums {
  readonly crc: number;
  readonly seriesCrc: number;
}

/** A file that is on the disk under its name. */
export interface InstalledFile extends Omit<SampleFile, keyof FileChecksums>, FileChecksums {}

/** What a query reads: all files that count, and which hot rows they already hold. Sent whole, each time it changes. */
export interface FileView {
  /** Grows with every change. A process that starts again is given the newest first. */
  readonly generation: number;
  readonly files: readonly SampleFile[];
  /** Segments up to this id are in the files: hot tables of only such segments are dropped with the swap. */
  readonly through: number;
  /**
   * Rows of before this time (µs) do not count, wherever they lie and whenever they come; it never falls. So an identity
   * goes with all that is stored of it: a file with a correction may be removed before the one with what it corrects.
   */
  readonly floor: number;
}

/** Below every time that a sample can have. */
export const NO_FLOOR = Number.MIN_SAFE_INTEGER;

/** Samples of series that match `match` are kept for `keep` µs of event time; the first rule that matches counts. */
export interface RetentionRule {
  readonly match: string;
  readonly keep: number;
}

/** What the query process is asked to write. Nothing of what it reads changes, and nothing it writes counts yet. */
export type WriteJob =
  | {
      readonly kind: 'hot';
      /** The rows of all hot tables whose segments are all up to this id: one that a load reported as `full`. */
      readonly through: number;
      readonly target: WriteTarget;
    }
  | {
      readonly kind: 'merge';
      /** Ids of files of adjacent groups, or of one file that is written again without what has expired. */
      readonly files: readonly number[];
      /** Rows that these rules have expired at `now` (µs) are left out, and all rows before `dropBefore`. */
      readonly retention: readonly RetentionRule[];
      readonly now: number;
      readonly dropBefore: number;
      readonly target: WriteTarget;
    };

/** Files are named `${prefix}-${n}.parquet` and `${prefix}-${n}.series.parquet` in the folder; n counts from 1. */
export interface WriteTarget {
  readonly folder: string;
  readonly prefix: string;
  /** A file is cut at about so many rows. */
  readonly maxRows: number;
}

/** Files that were written, not synced, in order; none if no row was left. */
export interface WriteOutcome {
  readonly files: readonly Omit<SampleFile, 'id' | 'group'>[];
}

/** What a job needs cannot be read: only another job can succeed. */
export class DamagedFileError extends Error {
  override readonly name = 'DamagedFileError';
}

/** The answer to every load. */
export interface LoadAnswer {
  /** Id of the last segment that queries see. */
  readonly loaded: number;
  /** Segment ids at which a full hot table ends, ascending: what may be written to files. */
  readonly full: readonly number[];
  /** Ids of the first so many segments that could not be decoded: what they held is in no answer. */
  readonly damaged: readonly number[];
  /** The lowest generation of the view that a query still reads: files that went before it may be unlinked. */
  readonly oldestView: number;
}

/** `POST /expired`: which files hold rows that these rules have expired at `now` (µs), told by the series files where these can be read. */
export interface ExpiryQuestion {
  readonly retention: readonly RetentionRule[];
  readonly now: number;
}

/** Ids of files of the view that is newest to the process. */
export interface ExpiryAnswer {
  /** These hold other rows too: they are written again without. */
  readonly inPart: readonly number[];
  /** These hold nothing else: they go. */
  readonly whole: readonly number[];
}
