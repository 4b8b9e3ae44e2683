import {
  BatchBuilder,
  bySeries,
  carrying,
  Kind,
  Lane,
  type OperatorContext,
  type SampleBatch,
  type SeriesColumn,
  type Timers,
} from '@sluis/plugin-sdk';
import { copyRow } from '../copy-rows.ts';
import { HeldSamples } from '../held-samples.ts';
import { intervalAt } from '../interval.ts';

const NONE = -1;
/** Ticks come once a second, and one may come right after a sample: that many µs later it is certain that nothing has followed. */
const CERTAIN = 2_000_000;

/** Holds of each series the last sample of an interval until another one begins, or the series is silent. */
export class Lasts {
  readonly #context: OperatorContext<number>;
  readonly #rows = new BatchBuilder();
  /** The last sample of the interval that each series is in. */
  readonly #last: HeldSamples;
  /** 1 while it has not passed. */
  readonly #isHeld: SeriesColumn;
  readonly #silence: Timers;

  constructor(context: OperatorContext<number>) {
    const { state } = context;
    this.#context = context;
    this.#last = new HeldSamples(state);
    this.#isHeld = state.float64('is held', 0);
    this.#silence = state.timers('silence', { on: 'tick' });
  }

  next(batch: SampleBatch): SampleBatch {
    const { length, lane = Lane.data } = batch;
    this.#silence.advance(batch, (series) => this.#pass(series));
    if (length > 0 && lane !== Lane.data) return batch;
    if (length > 0) {
      const { size } = this.#context.series;
      this.#last.reserve(size);
      this.#isHeld.reserve(size);
      bySeries(batch, (series, from, to) => this.#foldRun(batch, series, from, to));
    }
    if (this.#rows.length === 0 && length === 0) return batch;
    return carrying(batch, this.#rows.take());
  }

  #foldRun(batch: SampleBatch, series: number, from: number, to: number): void {
    const { time, kind } = batch;
    const every = this.#context.config;
    let greatest = this.#last.time(series);
    let start = intervalAt(greatest, every);
    /** The row that is held, unless it is the one in the state. */
    let held = NONE;
    for (let row = from; row < to; row++) {
      const own = time[row];
      if (own >= start && own < start + every) {
        // An earlier one is not the last.
        if (own < greatest) continue;
      } else {
        if (held !== NONE) copyRow(this.#rows, batch, held);
        else this.#pass(series);
        start = intervalAt(own, every);
        this.#isHeld.values[series] = 0;
      }
      greatest = own;
      held = row;
      // For texts there is little room: whether there was must not depend on where the batch ends.
      if (kind?.[row] !== Kind.text) continue;
      this.#hold(batch, row);
      held = NONE;
    }
    if (held !== NONE) this.#hold(batch, held);
    const silentAt = batch.tick + every + CERTAIN;
    if (this.#silence.get(series) !== silentAt) this.#silence.set(series, silentAt);
  }

  #hold(batch: SampleBatch, row: number): void {
    const series = batch.series[row];
    const fits = this.#last.put(series, batch, row);
    this.#isHeld.values[series] = fits ? 1 : 0;
    if (!fits) copyRow(this.#rows, batch, row);
  }

  #pass(series: number): void {
    if (this.#isHeld.values[series] !== 1) return;
    this.#isHeld.values[series] = 0;
    this.#last.addTo(this.#rows, series);
  }
}
