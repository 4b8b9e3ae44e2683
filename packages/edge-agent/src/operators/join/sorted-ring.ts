import type { Rings, State } from '@sluis/plugin-sdk';

/** Rows that all series together have at most, in one ring. */
const LIMIT = 2 ** 18;
const CAPACITY = 1024;

/** In `label`: the sample is known to have no value. A code of a text is above 0, and 0 stands for a number. */
export const NO_VALUE = -1;

/** The most recent rows of each series in order of time, one for each time. */
export class SortedRing<Field extends string> {
  readonly rows: Rings<Field | 'time'>;
  readonly #fields: readonly (Field | 'time')[];
  readonly #forget: (row: number) => void;

  /** `forget` is called for each row that goes. */
  constructor(state: State, name: string, fields: readonly Field[], forget: (row: number) => void) {
    this.#fields = ['time', ...fields];
    this.#forget = forget;
    this.rows = state.ring(name, { capacity: CAPACITY, fields: this.#fields, limit: LIMIT });
  }

  /** Place of the first row whose time is at or after `time`. */
  lowerBound(series: number, time: number): number {
    const { rows } = this;
    let high = rows.count(series);
    // Most rows come in order.
    if (high === 0 || rows.columns.time[rows.at(series, high - 1)] < time) return high;
    let low = 0;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (rows.columns.time[rows.at(series, middle)] < time) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The row of this very time. */
  find(series: number, time: number, place = this.lowerBound(series, time)): number | undefined {
    if (place === this.rows.count(series)) return undefined;
    const row = this.rows.at(series, place);
    return this.rows.columns.time[row] === time ? row : undefined;
  }

  /** Time of the first row after `time`; Infinity if there is none. */
  timeAfter(series: number, time: number): number {
    const place = this.lowerBound(series, time + 1);
    return place === this.rows.count(series) ? Infinity : this.rows.columns.time[this.rows.at(series, place)];
  }

  /**
   * A row of zeros for a time that has none, for which the oldest of the series goes where there is no more room; undefined
   * where it is before all that is remembered then. `place` is that of `lowerBound`, as for `find`.
   */
  insert(series: number, time: number, place = this.lowerBound(series, time)): number | undefined {
    const { rows } = this;
    const count = rows.count(series);
    if (count === CAPACITY) {
      if (place === 0) return undefined;
      this.#forget(rows.at(series, 0));
    }
    let last = rows.push(series);
    if (last === undefined) {
      // All series have as many together as they may: without this, those that had fewer would keep to what they have for ever.
      if (place === 0) return undefined;
      this.#forget(rows.at(series, 0));
      rows.drop(series, 1);
      last = rows.push(series);
      if (last === undefined) return undefined;
    }
    if (place === count) {
      rows.columns.time[last] = time;
      return last;
    }
    // Where the oldest has gone, all have moved by one.
    const own = rows.count(series) > count ? place : place - 1;
    for (let i = rows.count(series) - 1; i > own; i--) {
      const to = rows.at(series, i);
      const from = rows.at(series, i - 1);
      for (const field of this.#fields) rows.columns[field][to] = rows.columns[field][from];
    }
    const row = rows.at(series, own);
    for (const field of this.#fields) rows.columns[field][row] = 0;
    rows.columns.time[row] = time;
    return row;
  }
}
