import {
  type BatchBuilder,
  type Columns,
  Kind,
  type Quality,
  type SeriesColumn,
  type State,
  type TextColumn,
} from '@sluis/plugin-sdk';
import { revise } from './copy-rows.ts';
import { exactInteger, restOf } from './exact-integer.ts';

/** State: one sample for each series, as it is. */
export class HeldSamples {
  readonly #columns: readonly SeriesColumn[];
  readonly #time: SeriesColumn;
  readonly #value: SeriesColumn;
  /** What a whole number is beyond its double. */
  readonly #rest: SeriesColumn;
  readonly #kind: SeriesColumn;
  readonly #quality: SeriesColumn;
  readonly #revision: SeriesColumn;
  readonly #text: TextColumn;

  /** `name` sets its state apart from that of others. */
  constructor(state: State, name: string) {
    this.#columns = [
      (this.#time = state.float64(`${name}: time`, Number.NaN)),
      (this.#value = state.float64(`${name}: value`, Number.NaN)),
      (this.#rest = state.float64(`${name}: rest`, 0)),
      (this.#kind = state.float64(`${name}: kind`, Kind.double)),
      (this.#quality = state.float64(`${name}: quality`, 0)),
      (this.#revision = state.float64(`${name}: revision`, 0)),
    ];
    this.#text = state.text(`${name}: text`);
  }

  /** To be called with the number of series before the others. */
  reserve(series: number): void {
    for (const column of this.#columns) column.reserve(series);
  }

  /** Time of the series' sample; NaN if there was none. */
  time(series: number): number {
    return this.#time.values[series];
  }

  /** Takes the place of the series' sample. False if there is no room for its text: of the sample only its time is known then. */
  put(series: number, rows: Columns, row: number): boolean {
    const kind = rows.kind?.[row] ?? Kind.double;
    const wasText = this.#kind.values[series] === Kind.text;
    this.#time.values[series] = rows.time[row];
    this.#value.values[series] = rows.value[row];
    this.#rest.values[series] = rows.integer ? restOf(rows, row) : 0;
    this.#kind.values[series] = kind;
    this.#quality.values[series] = rows.quality[row];
    this.#revision.values[series] = rows.revision?.[row] ?? 0;
    if (kind === Kind.text) return this.#text.set(series, rows.texts?.[rows.text?.[row] ?? 0] ?? '');
    if (wasText) this.#text.set(series, '');
    return true;
  }

  /** Adds the series' sample to rows. */
  addTo(rows: BatchBuilder, series: number): void {
    const kind = this.#kind.values[series] as Kind;
    const time = this.#time.values[series];
    const value = this.#value.values[series];
    const quality = this.#quality.values[series] as Quality;
    const revision = this.#revision.values[series];
    if (kind === Kind.text) rows.text(series, time, this.#text.get(series), quality);
    else if (kind === Kind.boolean) rows.boolean(series, time, value === 1, quality);
    else if (kind === Kind.double) rows.double(series, time, value, quality);
    else rows.integer(series, time, exactInteger(value, this.#rest.values[series]), kind, quality);
    if (revision > 0) revise(rows, revision);
  }
}
