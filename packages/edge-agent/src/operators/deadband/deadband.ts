import { bySeries, Kind, type OperatorContext, type SampleBatch, type SeriesColumn, takeRows } from '@sluis/plugin-sdk';
import { restOf } from '../exact-integer.ts';
import type { DeadbandConfig } from './config.ts';

/** Compares each sample with the last one of its series that passed. */
export class Deadband {
  readonly #context: OperatorContext<DeadbandConfig>;
  readonly #absolute: number | undefined;
  readonly #percent: number;
  readonly #heartbeat: number;
  /** The last one that passed, if it has a number: all NaN if none has passed, or a text was the last. */
  readonly #value: SeriesColumn;
  readonly #quality: SeriesColumn;
  readonly #time: SeriesColumn;
  /** What it is beyond the double in `#value`: not 0 for whole numbers that no double has. */
  readonly #rest: SeriesColumn;
  #rows = new Uint32Array(0);
  #count = 0;

  constructor(context: OperatorContext<DeadbandConfig>) {
    const { config, state } = context;
    const { absolute, percent, heartbeat } =
      typeof config === 'number' ? { absolute: config, percent: undefined, heartbeat: undefined } : config;
    this.#context = context;
    this.#absolute = absolute;
    this.#percent = percent ?? 0;
    this.#heartbeat = heartbeat ?? Number.POSITIVE_INFINITY;
    this.#value = state.float64('value', Number.NaN);
    this.#quality = state.float64('quality', Number.NaN);
    this.#time = state.float64('time', Number.NaN);
    this.#rest = state.float64('rest', 0);
  }

  next(batch: SampleBatch): SampleBatch {
    const { length } = batch;
    if (length === 0) return batch;
    for (const column of [this.#value, this.#quality, this.#time, this.#rest]) {
      column.reserve(this.#context.series.size);
    }
    if (this.#rows.length < length) this.#rows = new Uint32Array(length);
    this.#count = 0;
    bySeries(batch, (series, from, to) => {
      while (from < to) {
        const next = this.#foldNumbers(batch, series, from, to);
        if (next > from) from = next;
        else this.#foldOne(batch, series, from++);
      }
    });
    return this.#count === length ? batch : takeRows(batch, this.#rows, this.#count);
  }

  /** Folds numbers of the quality of the last one that passed: the fast path. Returns the row after them. */
  #foldNumbers({ time, value, quality, kind }: SampleBatch, series: number, from: number, to: number): number {
    if (kind || this.#rest.values[series] !== 0) return from;
    const heartbeat = this.#heartbeat;
    const own = this.#quality.values[series];
    const rows = this.#rows;
    let since = this.#time.values[series];
    let reference = this.#value.values[series];
    let distance = this.#distanceFrom(reference);
    let count = this.#count;
    let row = from;
    for (; row < to; row++) {
      if (quality[row] !== own) break;
      const v = value[row];
      const apart = Math.abs(v - reference);
      if (apart <= distance && Math.abs(time[row] - since) < heartbeat) continue;
      // What has no distance is for the slow path.
      if (Number.isNaN(apart)) break;
      reference = v;
      distance = this.#distanceFrom(v);
      since = time[row];
      rows[count++] = row;
    }
    this.#count = count;
    this.#value.values[series] = reference;
    this.#time.values[series] = since;
    return row;
  }

  /** Any row. */
  #foldOne(batch: SampleBatch, series: number, row: number): void {
    const time = batch.time[row];
    const isText = batch.kind?.[row] === Kind.text;
    const isDue = Math.abs(time - this.#time.values[series]) >= this.#heartbeat;
    if (!isText && !isDue && this.#isNear(batch, series, row)) return;
    this.#rows[this.#count++] = row;
    this.#time.values[series] = time;
    this.#value.values[series] = isText ? Number.NaN : batch.value[row];
    this.#quality.values[series] = isText ? Number.NaN : batch.quality[row];
    this.#rest.values[series] = isText ? 0 : restOf(batch, row);
  }

  #isNear(batch: SampleBatch, series: number, row: number): boolean {
    const reference = this.#value.values[series];
    if (batch.quality[row] !== this.#quality.values[series]) return false;
    const apart = Math.abs(batch.value[row] - reference + (restOf(batch, row) - this.#rest.values[series]));
    if (apart <= this.#distanceFrom(reference)) return true;
    // A NaN is near to a NaN, and infinities of one sign are near, though they have no distance.
    const value = batch.value[row];
    return value === reference
      ? restOf(batch, row) === this.#rest.values[series]
      : Number.isNaN(value) && Number.isNaN(reference);
  }

  /** Of a last one that is no number none is near, and only itself where it is 0 or infinite and the distance a part of it. */
  #distanceFrom(reference: number): number {
    return this.#absolute ?? (Number.isFinite(reference) ? Math.abs(reference) * (this.#percent / 100) : 0);
  }
}
