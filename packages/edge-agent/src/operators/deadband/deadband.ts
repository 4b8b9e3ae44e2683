import { bySeries, Kind, type OperatorContext, type SampleBatch, type SeriesColumn, takeRows } from '@sluis/plugin-sdk';
import { restOf } from '../exact-integer.ts';
import { PassedTimes } from '../passed-times.ts';
import type { DeadbandConfig } from './config.ts';

/** Of so many that passed of a series a correction is known. */
const REMEMBERED = 64;

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
  readonly #passed: PassedTimes;
  #rows = new Uint32Array(0);
  #count = 0;
  /** Times of the rows that pass. */
  #times = new Float64Array(0);

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
    this.#passed = new PassedTimes(state, REMEMBERED);
  }

  next(batch: SampleBatch): SampleBatch {
    const { length } = batch;
    if (length === 0) return batch;
    for (const column of [this.#value, this.#quality, this.#time, this.#rest]) {
      column.reserve(this.#context.series.size);
    }
    if (this.#rows.length < length) {
      this.#rows = new Uint32Array(length);
      this.#times = new Float64Array(length);
    }
    this.#count = 0;
    bySeries(batch, (series, from, to) => {
      while (from < to) {
        const next = this.#foldRising(batch, series, from, to);
        if (next > from) from = next;
        else this.#foldOne(batch, series, from++);
      }
    });
    return this.#count === length ? batch : takeRows(batch, this.#rows, this.#count);
  }

  /**
   * Folds numbers of the quality of the last one that passed that are later than all that have passed. Returns the row after
   * them. The fast path: nothing of them needs to be looked up.
   */
  #foldRising({ time, value, quality, kind, horizon }: SampleBatch, series: number, from: number, to: number): number {
    if (kind || this.#rest.values[series] !== 0) return from;
    const heartbeat = this.#heartbeat;
    const own = this.#quality.values[series];
    const first = this.#count;
    const rows = this.#rows;
    const times = this.#times;
    let greatest = this.#passed.greatest(series);
    let since = this.#time.values[series];
    let reference = this.#value.values[series];
    let distance = this.#distanceFrom(reference);
    let count = first;
    let row = from;
    for (; row < to; row++) {
      const t = time[row];
      if (!(t > greatest && t <= horizon) || quality[row] !== own) break;
      const v = value[row];
      const apart = Math.abs(v - reference);
      if (apart <= distance && Math.abs(t - since) < heartbeat) continue;
      // What has no distance is for the slow path.
      if (Number.isNaN(apart)) break;
      reference = v;
      distance = this.#distanceFrom(v);
      since = t;
      greatest = t;
      times[count] = t;
      rows[count++] = row;
    }
    if (count === first) return row;
    this.#count = count;
    this.#value.values[series] = reference;
    this.#time.values[series] = since;
    this.#passed.append(series, times, first, count);
    return row;
  }

  /** Any row. */
  #foldOne(batch: SampleBatch, series: number, row: number): void {
    const time = batch.time[row];
    const since = this.#time.values[series];
    const isText = batch.kind?.[row] === Kind.text;
    const isNear = !isText && this.#isNear(batch, series, row) && !(Math.abs(time - since) >= this.#heartbeat);
    if (isNear) {
      if (time === since ? this.#isSame(batch, series, row) : !this.#passed.has(series, time)) return;
    }
    this.#rows[this.#count++] = row;
    // A correction of an earlier one says nothing of what has passed since.
    if (isNear && time !== since) return;
    // Next to a clock that is far ahead all that follows would be late.
    if (time <= batch.horizon) this.#passed.add(series, time);
    this.#time.values[series] = time;
    this.#value.values[series] = isText ? Number.NaN : batch.value[row];
    this.#quality.values[series] = isText ? Number.NaN : batch.quality[row];
    this.#rest.values[series] = isText ? 0 : restOf(batch, row);
  }

  #isNear(batch: SampleBatch, series: number, row: number): boolean {
    const reference = this.#value.values[series];
    if (batch.quality[row] !== this.#quality.values[series]) return false;
    const apart = Math.abs(batch.value[row] - reference + (restOf(batch, row) - this.#rest.values[series]));
    // A NaN is near to a NaN, and infinities of one sign are near, though they have no distance.
    return apart <= this.#distanceFrom(reference) || this.#isSame(batch, series, row);
  }

  #isSame(batch: SampleBatch, series: number, row: number): boolean {
    const value = batch.value[row];
    const last = this.#value.values[series];
    const isSame =
      value === last ? restOf(batch, row) === this.#rest.values[series] : Number.isNaN(value) && Number.isNaN(last);
    return isSame && batch.quality[row] === this.#quality.values[series];
  }

  /** Of a last one that is no number none is near, and only itself where it is 0 or infinite and the distance a part of it. */
  #distanceFrom(reference: number): number {
    return this.#absolute ?? (Number.isFinite(reference) ? Math.abs(reference) * (this.#percent / 100) : 0);
  }
}
