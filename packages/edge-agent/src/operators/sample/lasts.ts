import {
  BatchBuilder,
  bySeries,
  carrying,
  Kind,
  Lane,
  type OperatorContext,
  type SampleBatch,
} from '@sluis/plugin-sdk';
import { copyRow } from '../copy-rows.ts';
import { intervalAt } from '../interval.ts';
import { PassedTimes } from '../passed-times.ts';
import { LastOfInterval } from './last-of-interval.ts';

const NONE = -1;
/** Of so many samples of a series that passed it is known when they were. */
const REMEMBERED = 1024;

/**
 * Holds of each series the last sample of an interval until another one begins, or nothing of it comes: of the newest
 * interval, and of one among all others, so that late samples and new ones may come in turns.
 */
export class Lasts {
  readonly #context: OperatorContext<number>;
  readonly #rows = new BatchBuilder();
  readonly #newest: LastOfInterval;
  readonly #other: LastOfInterval;
  readonly #passed: PassedTimes;

  constructor(context: OperatorContext<number>) {
    this.#context = context;
    this.#passed = new PassedTimes(context.state, REMEMBERED);
    const to = {
      rows: this.#rows,
      // Those of a clock that is far ahead would take the place of all others.
      passed: (series: number, time: number): void => {
        if (time <= this.#newest.time(series)) this.#passed.add(series, time);
      },
    };
    this.#newest = new LastOfInterval(context, 'newest', to);
    this.#other = new LastOfInterval(context, 'other', to);
  }

  next(batch: SampleBatch): SampleBatch {
    const { length, lane = Lane.data } = batch;
    this.#other.advance(batch);
    this.#newest.advance(batch);
    if (length > 0 && lane !== Lane.data) return batch;
    if (length > 0) {
      this.#newest.reserve(this.#context.series.size);
      this.#other.reserve(this.#context.series.size);
      bySeries(batch, (series, from, to) => this.#foldRun(batch, series, from, to));
    }
    if (this.#rows.length === 0 && length === 0) return batch;
    return carrying(batch, this.#rows.take());
  }

  #foldRun(batch: SampleBatch, series: number, from: number, to: number): void {
    const { time, kind, tick, horizon } = batch;
    const every = this.#context.config;
    const newest = this.#newest;
    let greatest = newest.time(series);
    let start = intervalAt(greatest, every);
    /** The row that is held, unless it is the one in the state. */
    let held = NONE;
    let isOfNewest = false;
    for (let row = from; row < to; row++) {
      const own = time[row];
      // Before any other, both are NaN.
      if (own < start || own > horizon) {
        this.#foldOther(batch, series, row);
        continue;
      }
      isOfNewest = true;
      if (own < start + every) {
        // An earlier one is not the last.
        if (own < greatest) continue;
      } else {
        if (held === NONE) newest.pass(series);
        else this.#pass(batch, held);
        start = intervalAt(own, every);
      }
      greatest = own;
      held = row;
      // For texts there is little room: whether there was must not depend on where the batch ends.
      if (kind?.[row] !== Kind.text) continue;
      newest.hold(batch, row);
      held = NONE;
    }
    if (held !== NONE) newest.hold(batch, held);
    if (isOfNewest) newest.wait(series, tick);
  }

  #pass(batch: SampleBatch, row: number): void {
    copyRow(this.#rows, batch, row);
    this.#passed.add(batch.series[row], batch.time[row]);
  }

  /** A late one, or one of a clock that is far ahead. */
  #foldOther(batch: SampleBatch, series: number, row: number): void {
    const every = this.#context.config;
    const own = batch.time[row];
    const start = intervalAt(own, every);
    const last = this.#other.time(series);
    const isSame = intervalAt(last, every) === start;
    const isEarlier = isSame ? own < last : !Number.isNaN(this.#passed.lastIn(series, own + 1, start + every));
    if (isEarlier) return;
    if (!isSame) this.#other.pass(series);
    this.#other.hold(batch, row);
    this.#other.wait(series, batch.tick);
  }
}
