/**
 * Where an operator's state lives. It is declared when the operator is created, by name, so that it is snapshotted,
 * restored and remapped to other series ids without the operator doing anything.
 */
export interface State {
  /** One double for the operator as a whole. */
  scalar(name: string, initial: number): Scalar;
  /** One double per series, `initial` until set. */
  float64(name: string, initial: number): SeriesColumn;
  /** A table of rows, each owned by a series, with one double per field. */
  rows<Field extends string>(name: string, fields: readonly Field[]): RowTable<Field>;
  /**
   * The most recent samples of each series in order of time. All series together remember about `budget` samples,
   * evenly; the oldest of a series go first. What is remembered is a function of the samples' order alone.
   */
  recent(name: string, options: { budget: number }): RecentSamples;
}

export interface Scalar {
  value: number;
}

export interface SeriesColumn {
  /** Indexed by series id. Call `reserve` for the highest id before use; it may replace the array. */
  values: Float64Array;
  reserve(series: number): void;
}

export interface RowTable<Field extends string> {
  /** One column per field, indexed by row. `add` may replace the arrays. */
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
