import type { BatchBuilder, Columns, OperatorContext, SampleBatch, SeriesColumn, Timers } from '@sluis/plugin-sdk';
import { copyRow } from '../copy-rows.ts';
import { HeldSamples } from '../held-samples.ts';

/** Ticks come once a second, and one may come right after a sample: that many µs later it is certain that nothing has followed. */
const CERTAIN = 2_000_000;

interface Target {
  readonly rows: BatchBuilder;
  /** Is told what passes. */
  passed(series: number, time: number): void;
}

/** Of each series the last sample of one interval, held until it passes. */
export class LastOfInterval {
  readonly #every: number;
  readonly #to: Target;
  readonly #last: HeldSamples;
  /** 1 while it has not passed. */
  readonly #isHeld: SeriesColumn;
  readonly #silence: Timers;

  /** `name` sets its state apart. */
  constructor({ config, state }: OperatorContext<number>, name: string, to: Target) {
    this.#every = config;
    this.#to = to;
    this.#last = new HeldSamples(state, name);
    this.#isHeld = state.float64(`${name}: is held`, 0);
    this.#silence = state.timers(`${name}: silence`, { on: 'tick' });
  }

  reserve(size: number): void {
    this.#last.reserve(size);
    this.#isHeld.reserve(size);
  }

  /** Passes those of which nothing more has come. */
  advance(batch: SampleBatch): void {
    this.#silence.advance(batch, (series) => this.pass(series));
  }

  /** Time of the last one, whether it has passed or not; NaN if there was none. */
  time(series: number): number {
    return this.#last.time(series);
  }

  /** Takes the place of the last one. A text for which there is no room passes at once. */
  hold(batch: Columns, row: number): void {
    const series = batch.series[row];
    const fits = this.#last.put(series, batch, row);
    this.#isHeld.values[series] = fits ? 1 : 0;
    if (fits) return;
    copyRow(this.#to.rows, batch, row);
    this.#to.passed(series, batch.time[row]);
  }

  /** From now on it is silent unless more comes. */
  wait(series: number, tick: number): void {
    const silentAt = tick + this.#every + CERTAIN;
    if (this.#silence.get(series) !== silentAt) this.#silence.set(series, silentAt);
  }

  pass(series: number): void {
    if (this.#isHeld.values[series] !== 1) return;
    this.#isHeld.values[series] = 0;
    this.#last.addTo(this.#to.rows, series);
    this.#to.passed(series, this.#last.time(series));
  }
}
