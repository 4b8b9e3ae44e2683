import type { OperatorContext, Rings, SeriesColumn } from '@sluis/plugin-sdk';

/** Rows that all series together have at most, in one ring. */
const LIMIT = 2 ** 18;
/** Of one series. */
export const CAPACITY = 1024;
/** Where others make room, those that have most lose this share of it at once: to look for them again costs a look at all series. */
const YIELDED = 1 / 16;

type Context = Pick<OperatorContext<unknown>, 'state' | 'series'>;
type Given<Field extends string> = Readonly<Partial<Record<Field | 'time', ArrayLike<number>>>>;

interface Options<Field extends string> {
  readonly fields: readonly Field[];
  /** How many of the newest rows of a series stay, whatever comes of others. */
  kept(series: number): number;
  /** Is called before so many of the oldest rows of a series go. */
  forget(series: number, count: number): void;
}

/**
 * The most recent rows of each series in order of time, one for each time. Where all series have as many together as they may, the oldest
 * of those that have most make room for one that has less than half as many; of others their own oldest go.
 */
export class SortedRing<Field extends string> {
  readonly rows: Rings<Field | 'time'>;
  readonly #series: Context['series'];
  readonly #fields: readonly (Field | 'time')[];
  readonly #options: Options<Field>;
  /** 1 for series of which rows have gone. Not their times: to read those would touch memory that nothing else does. */
  readonly #isCut: SeriesColumn;
  /** No series has more rows; that some have so many is not said. Not state: what is decided by it does not depend on how close it is. */
  #most = CAPACITY;

  constructor({ state, series }: Context, name: string, options: Options<Field>) {
    this.#series = series;
    this.#fields = ['time', ...options.fields];
    this.#options = options;
    this.rows = state.ring(name, { capacity: CAPACITY, fields: this.#fields, limit: LIMIT });
    this.#isCut = state.float64(`${name}: cut`, 0);
  }

  /** Rows of the series have gone: before its oldest there were others. */
  isCut(series: number): boolean {
    return this.#isCut.values[series] === 1;
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
    const own = Math.max(0, rows.count(series) - kept);
    let row = from;
    for (;;) {
      const until = Math.min(to, row + CAPACITY - rows.count(series));
      row += rows.append(series, given, row, until);
      this.#most = Math.max(this.#most, rows.count(series));
      if (row === to) return to - from;
      if (row === until || !this.#makeRoom(series)) break;
    }
    const more = Math.min(to - row, own);
    this.#drop(series, more);
    return row - from + rows.append(series, given, row, row + more);
  }

  /**
   * A row of zeros for a time that has none, for which the oldest of the series, or of others, goes where there is no more room;
   * undefined where it would go itself, or the oldest is one of the `kept` newest. `place` is that of `lowerBound`, as for `find`.
   */
  insert(series: number, time: number, { place = this.lowerBound(series, time), kept = 0 } = {}): number | undefined {
    const { rows } = this;
    const count = rows.count(series);
    let last = count === CAPACITY ? undefined : rows.push(series);
    if (last === undefined && count < CAPACITY && this.#makeRoom(series)) last = rows.push(series);
    if (last === undefined) {
      if (place === 0 || count <= kept) return undefined;
      this.#drop(series, 1);
      last = rows.push(series);
      if (last === undefined) return undefined;
    }
    this.#most = Math.max(this.#most, rows.count(series));
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

  /** Takes from all that have most alike, for which of them is first is another thing after a restore. */
  #makeRoom(series: number): boolean {
    const own = 2 * this.rows.count(series);
    if (own >= this.#most) return false;
    let most = 0;
    let spared = 0;
    for (let id = 0; id < this.#series.size; id++) {
      const count = this.rows.count(id);
      if (count > most) most = count;
      if (count > spared && count > this.#options.kept(id)) spared = count;
    }
    this.#most = most;
    if (own >= spared) return false;
    const left = spared - Math.ceil(spared * YIELDED);
    for (let id = 0; id < this.#series.size; id++) {
      const count = this.rows.count(id);
      if (count > left) this.#drop(id, Math.min(count - left, Math.max(0, count - this.#options.kept(id))));
    }
    return true;
  }

  #drop(series: number, count: number): void {
    if (count <= 0) return;
    this.#options.forget(series, count);
    if (!this.isCut(series)) {
      this.#isCut.reserve(series);
      this.#isCut.values[series] = 1;
    }
    this.rows.drop(series, count);
  }
}
