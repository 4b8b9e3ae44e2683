import {
  BatchBuilder,
  carrying,
  type Columns,
  Kind,
  Lane,
  noRows,
  type OperatorContext,
  Quality,
  type SampleBatch,
  type SeriesColumn,
  type Timers,
} from '@sluis/plugin-sdk';
import { copyRow } from '../copy-rows.ts';
import { foldRuns } from '../numbers/fold-runs.ts';
import { LineSamples } from './line-samples.ts';

/** The difference of two numbers up to this, and that plus or minus a deviation up to this, are numbers. */
export const LARGEST = 1e300;
/** From here on not every whole number is a double. */
const FIRST_GAP = 2 ** 53;

const NONE = Number.NaN;

interface Config {
  readonly deviation: number;
  readonly heartbeat?: number | undefined;
  readonly idle: number;
}

export class Doors {
  readonly #context: OperatorContext<Config>;
  readonly #deviation: number;
  readonly #heartbeat: number;
  readonly #rows = new BatchBuilder();
  readonly #columns: readonly SeriesColumn[];
  readonly #timers: Timers | undefined;
  readonly #silence: Timers;
  /** Greatest time of a series: what is not later is late. */
  readonly #seen: SeriesColumn;
  /** The last sample that passed, from which the lines go: its time is NaN if none does. */
  readonly #time: SeriesColumn;
  readonly #value: SeriesColumn;
  readonly #quality: SeriesColumn;
  /** The slopes that a line from there may have to be near to all samples between it and the one that is held. */
  readonly #least: SeriesColumn;
  readonly #most: SeriesColumn;
  /** The sample that is held, of the same quality, and the one before the newest if that was left out. */
  readonly #held: LineSamples;
  readonly #before: LineSamples;
  /** The clock when one was last held. */
  readonly #heldAt: SeriesColumn;

  constructor(context: OperatorContext<Config>) {
    const { config, state } = context;
    this.#context = context;
    this.#deviation = config.deviation;
    this.#heartbeat = config.heartbeat ?? Number.POSITIVE_INFINITY;
    this.#silence = state.timers('silence', { on: 'tick' });
    if (config.heartbeat !== undefined) this.#timers = state.timers('heartbeat', { on: 'tick' });
    this.#columns = [
      (this.#seen = state.float64('seen', Number.NEGATIVE_INFINITY)),
      (this.#time = state.float64('time', Number.NaN)),
      (this.#value = state.float64('value', Number.NaN)),
      (this.#quality = state.float64('quality', Quality.good)),
      (this.#least = state.float64('least', Number.NEGATIVE_INFINITY)),
      (this.#most = state.float64('most', Number.POSITIVE_INFINITY)),
      (this.#heldAt = state.float64('held at', Number.NaN)),
    ];
    this.#held = new LineSamples(state, 'held');
    this.#before = new LineSamples(state, 'before');
  }

  next(batch: SampleBatch): SampleBatch {
    if (batch.lane !== undefined && batch.lane !== Lane.data) return batch;
    const { size } = this.#context.series;
    for (const column of this.#columns) column.reserve(size);
    this.#held.reserve(size);
    this.#before.reserve(size);
    this.#silence.advance(batch, (series) => {
      const silentAt = this.#heldAt.values[series] + this.#context.config.idle;
      if (silentAt > batch.tick) this.#silence.set(series, silentAt);
      else this.#passHeld(series);
    });
    this.#timers?.advance(batch, (series) => {
      this.#passHeld(series);
      this.#timers?.set(series, batch.tick + this.#heartbeat);
    });
    foldRuns(
      batch,
      (series, from, to) => this.#foldRising(batch, { series, from, to }),
      (series, row) => this.#foldOne(batch, series, row),
    );
    return carrying(batch, this.#rows.length === 0 ? noRows : this.#rows.take());
  }

  /** Folds rows of the line's quality that rise in time. Returns the row after them. */
  #foldRising(batch: SampleBatch, { series, from, to }: { series: number; from: number; to: number }): number {
    const { time, value, quality, kind, horizon } = batch;
    const deviation = this.#deviation;
    const heartbeat = this.#heartbeat;
    const lineQuality = this.#quality.values[series];
    let passedTime = this.#time.values[series];
    if (Number.isNaN(passedTime)) return from;
    let passedValue = this.#value.values[series];
    let seen = this.#seen.values[series];
    let least = this.#least.values[series];
    let most = this.#most.values[series];
    let heldTime = this.#held.time(series);
    let heldValue = this.#held.value(series);
    /** Row of the one that is held, or before all if it is of an earlier batch. */
    let held = from - 1;
    /** Row of the one before the newest if it was left out; NaN if it was not. */
    let before = NONE;
    let isPassed = false;
    let row = from;
    for (; row < to; row++) {
      const t = time[row];
      const v = value[row];
      const isPlain =
        t > seen &&
        t <= horizon &&
        quality[row] === lineQuality &&
        Math.abs(v) <= LARGEST &&
        (!kind || isNumber(kind[row], v));
      if (!isPlain) break;
      before = NONE;
      if (heldTime > passedTime) {
        before = held;
        const length = heldTime - passedTime;
        least = Math.max(least, (heldValue - deviation - passedValue) / length);
        most = Math.min(most, (heldValue + deviation - passedValue) / length);
        const slope = (v - passedValue) / (t - passedTime);
        if (!(slope >= least && slope <= most)) {
          if (held < from) this.#emit(this.#held, series);
          else copyRow(this.#rows, batch, held);
          before = NONE;
          isPassed = true;
          passedTime = heldTime;
          passedValue = heldValue;
          least = Number.NEGATIVE_INFINITY;
          most = Number.POSITIVE_INFINITY;
        }
      }
      seen = t;
      if (t - passedTime >= heartbeat) {
        copyRow(this.#rows, batch, row);
        isPassed = true;
        passedTime = t;
        passedValue = v;
        least = Number.NEGATIVE_INFINITY;
        most = Number.POSITIVE_INFINITY;
        heldTime = Number.NaN;
      } else {
        heldTime = t;
        heldValue = v;
        held = row;
      }
    }
    if (row === from) return from;
    this.#seen.values[series] = seen;
    this.#time.values[series] = passedTime;
    this.#value.values[series] = passedValue;
    this.#least.values[series] = least;
    this.#most.values[series] = most;
    if (before < from) this.#before.take(series, this.#held);
    else if (before >= from) this.#before.put(series, batch, before);
    else this.#before.clear(series);
    if (heldTime > passedTime) this.#hold(series, batch, held);
    else this.#held.clear(series);
    if (isPassed) this.#timers?.set(series, batch.tick + heartbeat);
    return row;
  }

  /** Any row. */
  #foldOne(batch: SampleBatch, series: number, row: number): void {
    const time = batch.time[row];
    const seen = this.#seen.values[series];
    if (time < seen || time > batch.horizon) return copyRow(this.#rows, batch, row);
    if (time > seen) {
      this.#passHeld(series);
      this.#before.clear(series);
    } else {
      // If one is held, it is that of the greatest time.
      if (this.#isOnLine(batch, series, row)) return this.#hold(series, batch, row);
      // No line but that to the one before is known to be near to what is between.
      if (!this.#isRepeat(batch, series, row) && this.#before.has(series)) {
        this.#emit(this.#before, series);
        this.#before.clear(series);
      }
    }
    copyRow(this.#rows, batch, row);
    this.#seen.values[series] = time;
    this.#beginAt(series, this.#isEnd(batch, row) ? time : Number.NaN, batch.value[row]);
    this.#quality.values[series] = batch.quality[row];
    this.#timers?.set(series, batch.tick + this.#heartbeat);
  }

  /** True if the row is the one that passed last, once more. */
  #isRepeat({ time, value, quality }: Columns, series: number, row: number): boolean {
    if (this.#held.has(series) || time[row] !== this.#time.values[series]) return false;
    return value[row] === this.#value.values[series] && quality[row] === this.#quality.values[series];
  }

  /** True if a line may go to the row instead of to one that is held. */
  #isOnLine(batch: SampleBatch, series: number, row: number): boolean {
    if (!this.#held.has(series)) return false;
    if (!this.#isEnd(batch, row) || batch.quality[row] !== this.#quality.values[series]) return false;
    const slope = (batch.value[row] - this.#value.values[series]) / (batch.time[row] - this.#time.values[series]);
    return slope >= this.#least.values[series] && slope <= this.#most.values[series];
  }

  /** True if lines go to and from such a row. */
  #isEnd({ value, quality, kind }: Columns, row: number): boolean {
    if (quality[row] === Quality.bad || !(Math.abs(value[row]) <= LARGEST)) return false;
    return !kind || isNumber(kind[row], value[row]);
  }

  #passHeld(series: number): void {
    if (!this.#held.has(series)) return;
    this.#emit(this.#held, series);
    this.#beginAt(series, this.#held.time(series), this.#held.value(series));
  }

  /** A line goes from here; none does from a time that is NaN. */
  #beginAt(series: number, time: number, value: number): void {
    this.#time.values[series] = time;
    this.#value.values[series] = value;
    this.#least.values[series] = Number.NEGATIVE_INFINITY;
    this.#most.values[series] = Number.POSITIVE_INFINITY;
    this.#held.clear(series);
  }

  #hold(series: number, batch: SampleBatch, row: number): void {
    this.#held.put(series, batch, row);
    this.#heldAt.values[series] = batch.tick;
    if (this.#silence.get(series) === undefined) this.#silence.set(series, batch.tick + this.#context.config.idle);
  }

  #emit(samples: LineSamples, series: number): void {
    samples.addTo(this.#rows, series, this.#quality.values[series]);
  }
}

/** True for a number that a double has. */
function isNumber(kind: number, value: number): boolean {
  if (kind === Kind.double) return true;
  return (kind === Kind.int64 || kind === Kind.uint64) && Math.abs(value) < FIRST_GAP;
}
