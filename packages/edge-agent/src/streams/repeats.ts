import { OperatorState, type RecentSamples, type Scalar, type SeriesColumn, type StateImage } from '@sluis/plugin-sdk';
import {
  type Columns,
  Kind,
  noRows,
  noWatermarks,
  Quality,
  type SampleBatch,
  type SeriesTable,
  takeRows,
  type Watermarks,
} from '@sluis/protocol';
import { contentOf } from './fingerprint.ts';

/** Raised whenever the meaning of the state changes. */
export const REPEATS_VERSION = 1;

/**
 * Samples remembered over all series, to tell a repeat from a correction: at 10,000 a second the last 26 s, in which a sender
 * repeats what it did not see acknowledged. 4 MiB.
 */
const REMEMBERED_SAMPLES = 2 ** 18;
/** Where the clock was set back, a tick advances by what the clock advances, at most this (µs), until it has caught up. */
const LONGEST_STEP = 2_000_000;

export interface RepeatsOptions {
  readonly series: SeriesTable;
  /** How far (µs) a sample may be ahead of the agent's clock before its own clock counts as wrong. */
  readonly skew: number;
  /** Samples remembered at most over all series. */
  readonly remembered?: number | undefined;
}

/** A journal entry with rows whose ids are the host's. */
export interface Entry {
  readonly sequence: number;
  /** '' for a tick. */
  readonly source: string;
  readonly clock: number;
  readonly rows: Columns;
}

/**
 * What all streams have in front of them: makes batches of journal entries, without exact repeats (same series, time,
 * kind, quality and value, as far back as samples are remembered), and keeps the time that batches carry. Corrections
 * pass. What is older than all that is remembered passes too: nobody can tell, and identity makes a repeat harmless.
 */
export class Repeats {
  readonly #skew: number;
  readonly #series: SeriesTable;
  readonly #state: OperatorState;
  readonly #recent: RecentSamples;
  readonly #tick: Scalar;
  readonly #clock: Scalar;
  /** The greatest event time of each series up to the horizon, and what the last tick said of it. */
  readonly #watermark: SeriesColumn;
  readonly #announced: SeriesColumn;
  #kept = new Uint32Array(0);

  constructor({ series, skew, remembered }: RepeatsOptions) {
    this.#skew = skew;
    this.#series = series;
    this.#state = new OperatorState(series, { remembered });
    this.#recent = this.#state.recent('recent', { budget: REMEMBERED_SAMPLES });
    this.#tick = this.#state.scalar('tick', Number.NEGATIVE_INFINITY);
    this.#clock = this.#state.scalar('clock', Number.NEGATIVE_INFINITY);
    this.#watermark = this.#state.float64('watermark', Number.NEGATIVE_INFINITY);
    this.#announced = this.#state.float64('announced', Number.NEGATIVE_INFINITY);
  }

  snapshot(): StateImage {
    return this.#state.snapshot();
  }

  restore(image: StateImage): void {
    this.#state.restore(image);
  }

  /** The entry's batch, and how many repeats it leaves out. */
  next({ sequence, source, clock, rows }: Entry): { batch: SampleBatch; repeats: number } {
    if (this.#tick.value === Number.NEGATIVE_INFINITY) {
      this.#tick.value = clock;
      this.#clock.value = clock;
    } else if (source === '') {
      this.#tick.value = this.#nextTick(clock);
      this.#clock.value = clock;
    }
    // Of a clock that was set back far, as of one without a battery, the time is known better: else no sample would count.
    const horizon = Math.max(clock, this.#tick.value) + this.#skew;
    const time = { position: sequence, tick: this.#tick.value, horizon };
    if (source === '') return { batch: { ...noRows, ...time, watermarks: this.#moved() }, repeats: 0 };

    this.#watermark.reserve(this.#series.size);
    this.#announced.reserve(this.#series.size);
    const kept = this.#drop(rows, time.horizon);
    const fresh = kept === rows.length ? rows : takeRows(rows, this.#kept, kept);
    return { batch: { ...fresh, ...time, watermarks: noWatermarks }, repeats: rows.length - kept };
  }

  /** A tick is always greater than the one before it, whatever was done to the clock. */
  #nextTick(clock: number): number {
    const step = Math.min(Math.max(clock - this.#clock.value, 1), LONGEST_STEP);
    return Math.max(clock, this.#tick.value + step);
  }

  #moved(): Watermarks {
    const watermarks = this.#watermark.values;
    const announced = this.#announced.values;
    const series: number[] = [];
    for (let id = 0; id < watermarks.length; id++) {
      if (watermarks[id] === announced[id]) continue;
      announced[id] = watermarks[id];
      series.push(id);
    }
    return { series: Uint32Array.from(series), time: Float64Array.from(series, (id) => watermarks[id]) };
  }

  /** Lists in `kept` the rows that are no repeats, and returns how many. */
  #drop(rows: Columns, horizon: number): number {
    const { length, series, time, value, quality, kind } = rows;
    if (this.#kept.length < length) this.#kept = new Uint32Array(length);
    const kept = this.#kept;
    let count = 0;
    let row = 0;
    while (row < length) {
      const id = series[row];
      // Good doubles that rise in time are all new: remembered at once.
      let previous = this.#recent.greatest(id);
      let end = row;
      for (; end < length && series[end] === id && time[end] > previous && time[end] <= horizon; end++) {
        if (quality[end] !== Quality.good || (kind && kind[end] !== Kind.double)) break;
        previous = time[end];
        kept[count++] = end;
      }
      if (end > row) {
        this.#recent.append(id, time, value, row, end);
        if (previous > this.#watermark.values[id]) this.#watermark.values[id] = previous;
        row = end;
      } else {
        if (!this.#isRepeat(rows, row, horizon)) kept[count++] = row;
        row++;
      }
    }
    return count;
  }

  #isRepeat(rows: Columns, row: number, horizon: number): boolean {
    const id = rows.series[row];
    const time = rows.time[row];
    if (time > horizon) return false;
    if (time > this.#watermark.values[id]) this.#watermark.values[id] = time;
    return this.#recent.add(id, time, contentOf(rows, row)) === 'repeat';
  }
}
