import { type BatchBuilder, type Columns, Kind, type SeriesColumn, type State } from '@sluis/plugin-sdk';
import { revise } from '../copy-rows.ts';

/** State: for each series one sample with a number that a double has, or none. */
export class LineSamples {
  readonly #time: SeriesColumn;
  readonly #value: SeriesColumn;
  readonly #kind: SeriesColumn;
  readonly #revision: SeriesColumn;

  /** `name` sets its state apart. */
  constructor(state: State, name: string) {
    this.#time = state.float64(`${name}: time`, Number.NaN);
    this.#value = state.float64(`${name}: value`, Number.NaN);
    this.#kind = state.float64(`${name}: kind`, Kind.double);
    this.#revision = state.float64(`${name}: revision`, 0);
  }

  reserve(size: number): void {
    for (const column of [this.#time, this.#value, this.#kind, this.#revision]) column.reserve(size);
  }

  has(series: number): boolean {
    return !Number.isNaN(this.#time.values[series]);
  }

  /** NaN if there is none. */
  time(series: number): number {
    return this.#time.values[series];
  }

  value(series: number): number {
    return this.#value.values[series];
  }

  put(series: number, { time, value, kind, revision }: Columns, row: number): void {
    this.#time.values[series] = time[row];
    this.#value.values[series] = value[row];
    this.#kind.values[series] = kind?.[row] ?? Kind.double;
    this.#revision.values[series] = revision?.[row] ?? 0;
  }

  /** The series' sample of another state. */
  take(series: number, from: LineSamples): void {
    this.#time.values[series] = from.#time.values[series];
    this.#value.values[series] = from.#value.values[series];
    this.#kind.values[series] = from.#kind.values[series];
    this.#revision.values[series] = from.#revision.values[series];
  }

  clear(series: number): void {
    this.#time.values[series] = Number.NaN;
  }

  /** Adds the series' sample to rows. */
  addTo(rows: BatchBuilder, series: number, quality: number): void {
    const time = this.#time.values[series];
    const value = this.#value.values[series];
    const kind = this.#kind.values[series] as Kind;
    if (kind === Kind.int64 || kind === Kind.uint64) rows.integer(series, time, BigInt(value), kind, quality);
    else rows.double(series, time, value, quality);
    if (this.#revision.values[series] > 0) revise(rows, this.#revision.values[series]);
  }
}
