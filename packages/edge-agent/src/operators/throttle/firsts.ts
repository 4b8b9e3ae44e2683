import { bySeries, Lane, type OperatorContext, type SampleBatch, type SeriesColumn, takeRows } from '@sluis/plugin-sdk';
import { intervalAt } from '../interval.ts';
import { PassedTimes } from '../passed-times.ts';

/** Of so many intervals of a series it is known that one has passed. */
const REMEMBERED = 1024;

/** Passes the first sample of each interval to come. */
export class Firsts {
  readonly #context: OperatorContext<number>;
  readonly #passed: PassedTimes;
  /** Time of the last one that passed before all that is remembered, or beyond the horizon. */
  readonly #other: SeriesColumn;
  /** End of the interval of the greatest time that is remembered. */
  readonly #end: SeriesColumn;
  #rows = new Uint32Array(0);
  #count = 0;
  #times = new Float64Array(0);

  constructor(context: OperatorContext<number>) {
    this.#context = context;
    this.#passed = new PassedTimes(context.state, REMEMBERED);
    this.#other = context.state.float64('other', Number.NaN);
    this.#end = context.state.float64('end', Number.NEGATIVE_INFINITY);
  }

  next(batch: SampleBatch): SampleBatch {
    const { length, lane = Lane.data } = batch;
    if (length === 0 || lane !== Lane.data) return batch;
    this.#other.reserve(this.#context.series.size);
    this.#end.reserve(this.#context.series.size);
    if (this.#rows.length < length) {
      this.#rows = new Uint32Array(length);
      this.#times = new Float64Array(length);
    }
    this.#count = 0;
    bySeries(batch, (series, from, to) => this.#foldRun(batch, series, from, to));
    return this.#count === length ? batch : takeRows(batch, this.#rows, this.#count);
  }

  #foldRun({ time, horizon }: SampleBatch, series: number, from: number, to: number): void {
    const every = this.#context.config;
    const passed = this.#passed;
    const rows = this.#rows;
    const times = this.#times;
    let greatest = passed.greatest(series);
    let end = this.#end.values[series];
    let count = this.#count;
    /** The first that passed and is not yet remembered. */
    let fresh = count;
    for (let row = from; row < to; row++) {
      const own = time[row];
      if (own > greatest && own <= horizon) {
        if (own < end) continue;
        greatest = own;
        end = intervalAt(own, every) + every;
        times[count] = own;
        rows[count++] = row;
        continue;
      }
      if (fresh < count) passed.append(series, times, fresh, count);
      if (this.#passes(series, own, horizon)) rows[count++] = row;
      fresh = count;
    }
    if (fresh < count) passed.append(series, times, fresh, count);
    this.#end.values[series] = end;
    this.#count = count;
  }

  /** Of one that is not later than all that passed, or is beyond the horizon. */
  #passes(series: number, own: number, horizon: number): boolean {
    const every = this.#context.config;
    const start = intervalAt(own, every);
    if (own <= horizon) {
      if (this.#passed.has(series, own)) return true;
      if (!Number.isNaN(this.#passed.lastIn(series, start, start + every))) return false;
      if (this.#passed.reaches(series, start)) {
        this.#passed.add(series, own);
        return true;
      }
    }
    const other = this.#other.values[series];
    if (other >= start && other < start + every && other !== own) return false;
    this.#other.values[series] = own;
    return true;
  }
}
