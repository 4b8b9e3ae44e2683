import type { RecentSamples, State } from '@sluis/plugin-sdk';

/** Of all series together about so many are remembered. */
const BUDGET = 65_536;

/**
 * Times of the samples of each series that passed, in order of time, so that late samples and corrections are known for what
 * they are: `most` of a series, and of all 65,536, but at least 16 of each.
 */
export class PassedTimes {
  readonly #times: RecentSamples;

  constructor(state: State, most: number) {
    this.#times = state.recent('passed', { budget: BUDGET, most });
  }

  /** -Infinity if there is none. */
  greatest(series: number): number {
    return this.#times.greatest(series);
  }

  add(series: number, time: number): void {
    this.#times.add(series, time, time);
  }

  /** Adds times[from..to), which rise and are greater than all others of the series. */
  append(series: number, times: Float64Array, from: number, to: number): void {
    this.#times.append(series, times, times, from, to);
  }

  has(series: number, time: number): boolean {
    return !Number.isNaN(this.lastIn(series, time, time + 1));
  }

  /** The greatest with from ≤ time < to; NaN if there is none. */
  lastIn(series: number, from: number, to: number): number {
    let last = Number.NaN;
    this.#times.visit(series, from, to, (time) => {
      last = time;
    });
    return last;
  }

  /** True if none has been forgotten that is not before `from`. */
  reaches(series: number, from: number): boolean {
    return this.#times.reaches(series, from);
  }
}
