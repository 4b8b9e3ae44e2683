import type { Rings, State } from '@sluis/plugin-sdk';

/** Rows that all series together have at most, in one ring. */
const LIMIT = 2 ** 18;
/** Of one series. */
export const CAPACITY = 1024;

type Given<Field extends string> = Readonly<Partial<Record<Field | 'time', ArrayLike<number>>>>;

/** The most recent rows of each series in order of time, one for each time. */
export class SortedRing<Field extends string> {
  readonly rows: Rings<Field | 'time'>;
  readonly #fields: readonly (Field | 'time')[];
  readonly #forget: (series: number, count: number) => void;

  /** `forget` is called before so many of the oldest rows of a series go. */
  constructor(state: State, name: string, fields: readonly Field[], forget: (series: number, count: number) => void) {
    this.#fields = ['time', ...fields];
    this.#forget = forget;
    this.rows = state.ring(name, { capacity: CAPACITY, fields: this.#fields, limit: LIMIT });
  }

  /** Place of the first row whose time is at or after `time`: most are looked for among the newest. */
  lowerBound(series: number, time: number): number {
    const { rows } = this;
    const times = rows.columns.time;
    let high = rows.count(series);
    let step = 1;
    while (step <= high && times[rows.at(series, high - step)] >= time) {
      high -= step;
      step *= 2;
    }
    let low = Math.max(0, high - step + 1);
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (times[rows.at(series, middle)] < time) low = middle + 1;
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

  /** Time of the series' newest row; -Infinity if it has none. */
  newest(series: number): number {
    const count = this.rows.count(series);
    return count === 0 ? Number.NEGATIVE_INFINITY : this.rows.columns.time[this.rows.at(series, count - 1)];
  }

  /** Time of the first row after `time`; Infinity if there is none. */
  timeAfter(series: number, time: number): number {
    const place = this.lowerBound(series, time + 1);
    return place === this.rows.count(series) ? Infinity : this.rows.columns.time[this.rows.at(series, place)];
  }

  /**
   * As {@link insert} for as many of rows[from..to) as leave the `kept` newest rows that the series had, where it had so many. Their
   * times must rise and be later than all of the series. Returns how many they are.
   */
  append(
    series: number,
    given: Given<Field>,
    { from, to, kept }: { readonly from: number; readonly to: number; readonly kept: number },
  ): number {
    const { rows } = this;
    const before = rows.count(series);
    const wanted = Math.min(to - from, CAPACITY - kept);
    this.#drop(series, before + wanted - CAPACITY);
    const taken = rows.append(series, given, from, from + wanted);
    if (taken === wanted) return taken;
    // All series have as many together as they may: its oldest go, or it would keep to those for ever.
    const more = Math.min(wanted - taken, Math.max(0, before - kept));
    this.#drop(series, more);
    return taken + rows.append(series, given, from + taken, from + taken + more);
  }

  /**
   * A row of zeros for a time that has none, for which the oldest of the series goes where there is no more room; undefined
   * where it is before all that is remembered then, or the oldest is one of the `kept` newest. `place` is that of
   * `lowerBound`, as for `find`.
   */
  insert(series: number, time: number, { place = this.lowerBound(series, time), kept = 0 } = {}): number | undefined {
    const { rows } = this;
    const count = rows.count(series);
    const mayDrop = place > 0 && count > kept;
    if (count === CAPACITY && !mayDrop) return undefined;
    if (count === CAPACITY) this.#drop(series, 1);
    let last = rows.push(series);
    if (last === undefined) {
      if (!mayDrop) return undefined;
      this.#drop(series, 1);
      last = rows.push(series);
      if (last === undefined) return undefined;
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

  #drop(series: number, count: number): void {
    if (count <= 0) return;
    this.#forget(series, count);
    this.rows.drop(series, count);
  }
}
