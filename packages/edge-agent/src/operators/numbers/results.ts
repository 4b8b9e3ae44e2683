import { revise } from '../copy-rows.ts';
import { BatchBuilder, type Columns, noRows, Quality, type SeriesColumn, type State } from '@sluis/plugin-sdk';

const MAX_REVISION = 0xffff;

/**
 * Collects results, and numbers those that take the place of others: a revision of a series is greater than all before it. The greatest that there is stays: of equal ones the later in the log counts.
 */
export class RevisedResults {
  readonly rows = new BatchBuilder();
  /** By the series that they are results of. */
  readonly #revisions: SeriesColumn;

  constructor(state: State) {
    this.#revisions = state.float64('revisions', 0);
  }

  nextRevision(of: number): number {
    this.#revisions.reserve(of);
    return (this.#revisions.values[of] = Math.min(MAX_REVISION, this.#revisions.values[of] + 1));
  }

  add(series: number, time: number, { value, quality }: Result, revision = 0): void {
    this.rows.double(series, time, value, quality);
    if (revision > 0) revise(this.rows, revision);
  }

  take(): Columns {
    return this.rows.length === 0 ? noRows : this.rows.take();
  }
}

export interface Result {
  readonly value: number;
  readonly quality: Quality;
}

/** In the place of a result that there no longer is. */
export const noResult: Result = { value: Number.NaN, quality: Quality.bad };
