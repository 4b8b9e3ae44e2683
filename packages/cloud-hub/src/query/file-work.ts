import type { SampleFile, WriteJob, WriteTarget } from '../store/sample-files.ts';
import type { HotSegment } from './hot-rows.ts';

/*
 * What the main thread of the query process and the thread that writes files say to each other.
 */

/** Rows of hot tables that become files. Segments are asked for, some at a time: see {@link HotQuestions}. */
export interface HotWork {
  readonly target: WriteTarget;
  /** Each epoch's hub ids, see HotSegment. */
  readonly maps: readonly Uint32Array[];
  /** All ids in the order of the bytes of their paths. */
  readonly order: Uint32Array;
}

/** Groups of files that become one, or a file without what has expired. */
export interface MergeWork {
  readonly target: WriteTarget;
  /** In the order of the log. */
  readonly files: readonly SampleFile[];
  readonly limits: Pick<WriteJob & { kind: 'merge' }, 'retention' | 'now' | 'dropBefore'>;
}

/** A segment of a hot table, with the place of its map among those of the work. */
export interface HotPart extends Omit<HotSegment, 'map'> {
  readonly map: number;
}

/** Of series by their ids, in that order. */
export interface HotSeries {
  readonly paths: readonly string[];
  /** 1 where all rows of the tables come after all before them, see SeriesShape. */
  readonly ordered: Uint8Array;
}

/** What the main thread is asked while hot rows are written. Each answer takes it a millisecond or two. */
export interface HotQuestions {
  /** Segments from the place `first` on, in memory that is given away; none behind the last. */
  segments(first: number): readonly HotPart[];
  /** Of {@link SERIES_PER_QUESTION} at most. */
  series(ids: Uint32Array): HotSeries;
}

export const SERIES_PER_QUESTION = 4096;
