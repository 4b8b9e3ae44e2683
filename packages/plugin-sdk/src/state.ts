import type { SampleBatch } from '@sluis/protocol';

/**
 * Where an operator's state lives. It is declared when the operator is created, by name, so that it is snapshotted,
 * restored and remapped to other series ids without the operator doing anything.
 *
 * All of it is bounded. Where a part has one value or timer for each series, the agent's limit of series bounds it; the others
 * have limits of their own, at which they refuse more and say so: the operator then drops and counts.
 */
export interface State {
  /** One double for the operator as a whole. */
  scalar(name: string, initial: number): Scalar;
  /** One double per series, `initial` until set. */
  float64(name: string, initial: number): SeriesColumn;
  /**
   * A table of rows, each owned by a series, with one double per field. An operator bounds its rows, looking at `size`: `add`
   * throws a {@link StateLimitError} beyond 1,048,576 of them.
   */
  rows<Field extends string>(name: string, fields: readonly Field[]): RowTable<Field>;
  /**
   * The most recent samples of each series in order of time. All series together remember about `budget` samples,
   * evenly; the oldest of a series go first. No series remembers more than `most` (a power of two, 65,536 unless given): it bounds the work of
   * looking through one. What is remembered is a function of the samples' order alone.
   */
  recent(name: string, options: { readonly budget: number; readonly most?: number }): RecentSamples;
  /** One text per series, '' until set. All together have at most 8 Mi UTF-16 code units. */
  text(name: string): TextColumn;
  /**
   * A row of doubles, one per field, for each of the keys that the operator gives: `capacity` of them at most (65,536 unless
   * given), of 1024 UTF-16 code units each, 8 Mi together.
   */
  map<Field extends string>(
    name: string,
    fields: readonly Field[],
    options?: { readonly capacity?: number },
  ): KeyedRows<Field>;
  /**
   * The last `capacity` rows of each series, of one double per field. All series together have at most `limit` rows
   * (1,048,576 unless given), fewer where there is little room for snapshots.
   */
  ring<Field extends string>(
    name: string,
    options: { readonly capacity: number; readonly fields: readonly Field[]; readonly limit?: number },
  ): Rings<Field>;
  /**
   * Histograms, several per series. All together have at most 1,048,576 bins, fewer where there is little room for
   * snapshots. One that is not used again must be removed.
   */
  histograms(name: string): Histograms;
  /**
   * One timer per series: `tick` of the agent's clock, `watermark` of the series' event time. Watermarks are those of series
   * that sources give: for one that an operator of the stream has emitted, a timer on `watermark` never fires.
   */
  timers(name: string, options: { readonly on: TimerClock }): Timers;
}

export type TimerClock = 'tick' | 'watermark';

export interface Scalar {
  value: number;
}

export interface SeriesColumn {
  /** Indexed by series id. Call `reserve` for the highest id first, and take the array after it: it may be another one. */
  values: Float64Array;
  reserve(series: number): void;
}

export interface RowTable<Field extends string> {
  /**
   * One column per field, indexed by row. `add` may replace the arrays, so take the row first and then the columns: what is written to
   * an array that was got before is lost.
   */
  readonly columns: Record<Field, Float64Array>;
  /** The series that owns each row. */
  readonly owner: Uint32Array;
  readonly size: number;
  /** A row of zeros for `series`. */
  add(series: number): number;
  remove(row: number): void;
  /** Rows of `series`, oldest first. */
  of(series: number): readonly number[];
  /** All rows, in order of `add`. */
  [Symbol.iterator](): Iterator<number>;
}

export interface RecentSamples {
  /**
   * Remembers a sample: 'new'; 'repeat' if the same time is there with the same value, bit for bit; 'correction' if it
   * is there with another value, which is replaced; 'older' if it is before all that is still remembered, so that
   * nobody can tell, and is not remembered.
   */
  add(series: number, time: number, value: number): 'new' | 'repeat' | 'correction' | 'older';
  /**
   * As `add` for each of rows[from..to): their times must rise strictly and be greater than all remembered of the
   * series, so that each is new. Much faster.
   */
  append(series: number, time: Float64Array, value: Float64Array, from: number, to: number): void;
  /** Greatest time remembered of a series; -Infinity if none. */
  greatest(series: number): number;
  /** True if every sample of the series at or after `from` is still remembered. */
  reaches(series: number, from: number): boolean;
  /** Calls `visit` for the remembered samples with from ≤ time < to, in order of time. */
  visit(series: number, from: number, to: number, visit: (time: number, value: number) => void): void;
}

export interface TextColumn {
  get(series: number): string;
  /** False if the limit leaves no room for the text: the series has '' then. */
  set(series: number, text: string): boolean;
}

export interface KeyedRows<Field extends string> {
  /** One column per field, indexed by row. `open` may replace the arrays: take the row first, then the columns. */
  readonly columns: Readonly<Record<Field, Float64Array>>;
  /** Number of keys. */
  readonly size: number;
  /** The key's row. */
  find(key: string): number | undefined;
  /** The key's row: one of zeros if it is new; undefined if a limit leaves no room for it. */
  open(key: string): number | undefined;
  keyOf(row: number): string;
  remove(row: number): void;
  /** All rows, in order of `open`. */
  [Symbol.iterator](): Iterator<number>;
}

export interface Rings<Field extends string> {
  /** One column per field, indexed by what `push` and `at` return, until the next `push` or `drop` of the same series. */
  readonly columns: Readonly<Record<Field, Float64Array>>;
  /** Rows that a series has. */
  count(series: number): number;
  /**
   * A row of zeros behind the series' others, whose oldest goes if there are `capacity` of them. Undefined if the limit leaves no
   * room for one more: the series then has what it had.
   */
  push(series: number): number | undefined;
  /**
   * As `push` for each of rows[from..to), a column for each field; of one that is not given rows have 0. Much faster. Returns for
   * how many there was room: where it is fewer, the limit has none for the rest.
   */
  append(series: number, rows: Readonly<Partial<Record<Field, ArrayLike<number>>>>, from: number, to: number): number;
  /** The series' row at a place, 0 for the oldest. */
  at(series: number, place: number): number;
  /**
   * How many rows lie one behind the other from that at a place on, each `stride` after the one before: that row, the next, and so
   * on. 0 where there is none. A series has two such stretches at most.
   */
  stretch(series: number, place: number): number;
  readonly stride: number;
  /** Drops the oldest rows of a series. */
  drop(series: number, rows: number): void;
}

export interface Histograms {
  /** The histogram of a series with this number, such as the time at which it begins: without bins unless some were added. */
  of(series: number, which: number): Histogram;
  remove(series: number, which: number): void;
}

/** Counts by bin, a whole number of 32 bits with a sign: a RangeError otherwise. Only bins with a count take room. */
export interface Histogram {
  /** Adds to the count of a bin, or takes from it. False if there is no room for one more bin, or none to take from. */
  add(bin: number, count: number): boolean;
  /** The bins in rising order, with their counts. */
  inOrder(): readonly (readonly [bin: number, count: number])[];
}

/**
 * Timers fire when time has passed them: at ticks only, never at the end of a batch. They fire in order of time, those of
 * one time in order of `set`.
 */
export interface Timers {
  /** Sets the series' timer, in µs; one that it has is replaced. What is past fires at the next tick. */
  set(series: number, time: number): void;
  cancel(series: number): void;
  /** The time that the series' timer is set to, if it is. */
  get(series: number): number | undefined;
  /**
   * To be called with each batch before its rows are folded: calls `fire` for the timers that its tick, or on it the
   * watermarks, have passed. Each is cancelled before it is called. `fire` may set timers: they fire in the same tick if
   * they are due, and must be later than the one that fires, or a RangeError is thrown. The tick that follows on hours in
   * which the agent was off is hours later: who repeats a timer sets it to a time after that tick, or it fires for all of them.
   */
  advance(batch: SampleBatch, fire: (series: number, time: number) => void): void;
}
