import {
  carrying,
  Kind,
  type OperatorContext,
  Quality,
  type RecentSamples,
  type SampleBatch,
  type SeriesColumn,
  type Watermarks,
} from '@sluis/plugin-sdk';
import { type DurationsConfig, holdOf } from './config.ts';
import { codeOf, CreditedTimes } from './credited-times.ts';
import { HeldTimes } from './held-times.ts';
import { StateNames, UNKNOWN } from './state-names.ts';
import { ToldTimes } from './told-times.ts';

/** Samples remembered over all series, and of one: they put late ones and corrections in their place. */
const REMEMBERED = { budget: 2 ** 18, most: 4096 };
/** What one tick counts for at most (µs) where a series waits for samples: a stopped agent has not waited. */
const LONGEST_STEP = 2_000_000;
const NO_STATE = codeOf(UNKNOWN, false);

/**
 * A sample at `t` covers [t, min(next, t + hold)). Times are whole µs, so that what is added and taken back as samples come,
 * in whatever order, is exactly what the samples in order of time give.
 */
export class Durations {
  readonly #context: OperatorContext<DurationsConfig>;
  readonly #hold: number;
  readonly #names: StateNames;
  readonly #recent: RecentSamples;
  /** Time and code of each series' newest sample. Its event time has come as far, or further. */
  readonly #newest: SeriesColumn;
  readonly #code: SeriesColumn;
  /** Series in order of their first sample: that of ids is another after a restore. */
  readonly #known;
  /** The idle clock when each series last had a sample. */
  readonly #seen: SeriesColumn;
  readonly #idleClock;
  readonly #tick;
  readonly #told: ToldTimes;
  readonly #credited: CreditedTimes;
  #codes = new Float64Array(0);
  /** By series the newest double, and its state, whose name need not be made again. */
  readonly #doubles: number[] = [];
  readonly #states: number[] = [];

  constructor(context: OperatorContext<DurationsConfig>) {
    const { config, state } = context;
    this.#context = context;
    this.#hold = holdOf(config);
    this.#names = new StateNames(context);
    this.#recent = state.recent('recent', REMEMBERED);
    this.#newest = state.float64('newest', Number.NEGATIVE_INFINITY);
    this.#code = state.float64('code', NO_STATE);
    this.#known = state.rows('series', []);
    this.#seen = state.float64('seen', 0);
    this.#idleClock = state.scalar('idle clock', 0);
    this.#tick = state.scalar('tick', Number.NEGATIVE_INFINITY);
    const times = new HeldTimes(context);
    this.#told = new ToldTimes(context, times, this.#names);
    this.#credited = new CreditedTimes(context, { names: this.#names, times, told: this.#told });
  }

  next(batch: SampleBatch): SampleBatch {
    const { size } = this.#context.series;
    for (const column of [this.#newest, this.#code, this.#seen]) column.reserve(size);
    this.#credited.reserve(size);
    if (batch.tick > this.#tick.value) this.#onTick(batch);
    for (let row = 0; row < batch.length;) {
      const next = this.#foldRising(batch, row);
      if (next === row) this.#foldOne(batch, row++);
      else row = next;
    }
    return carrying(batch, this.#told.take());
  }

  #onTick({ tick, watermarks }: SampleBatch): void {
    if (this.#tick.value !== Number.NEGATIVE_INFINITY) {
      this.#idleClock.value += Math.min(tick - this.#tick.value, LONGEST_STEP);
    }
    this.#tick.value = tick;
    this.#goOn(watermarks);
    this.#told.emitChanged();
  }

  /** Event time of series that have had no sample, but one that an earlier step has dropped, or silence. */
  #goOn({ series, time }: Watermarks): void {
    const { idle } = this.#context.config;
    if (series.length === 0 && idle === undefined) return;
    const moved = new Map<number, number>();
    for (let i = 0; i < series.length; i++) moved.set(series[i], time[i]);
    for (const row of this.#known) {
      const id = this.#known.owner[row];
      const watermark = moved.get(id);
      if (watermark !== undefined) {
        if (watermark > this.#newest.values[id]) this.#seen.values[id] = this.#idleClock.value;
        this.#advance(id, watermark);
        continue;
      }
      const silence = this.#idleClock.value - this.#seen.values[id];
      if (idle !== undefined && silence >= idle) this.#advance(id, this.#newest.values[id] + silence);
    }
  }

  /** The fast path: rows from `from` on of one series that rise in time and close no window. Returns the row after them. */
  #foldRising(batch: SampleBatch, from: number): number {
    const { series, time, horizon, length } = batch;
    const id = series[from];
    let last = this.#newest.values[id];
    if (last === Number.NEGATIVE_INFINITY || last !== this.#credited.now.values[id]) return from;
    const limit = Math.min(this.#credited.closesAt(id), horizon + 1);
    let code = this.#code.values[id];
    let row = from;
    this.#reserveCodes(length);
    const codes = this.#codes;
    while (row < length && series[row] === id) {
      if (!(time[row] > last && time[row] < limit && time[row] - last <= this.#hold)) break;
      // What is refused as a state is counted each time.
      if (row === from || code === NO_STATE || !areAlike(batch, row - 1, row)) {
        const next = this.#codeAt(batch, row, code);
        if (next !== code) this.#credited.goOn(id, code, time[row]);
        code = next;
      }
      codes[row] = code;
      last = time[row++];
    }
    if (row === from) return from;
    this.#credited.goOn(id, code, last);
    this.#recent.append(id, time, codes, from, row);
    this.#newest.values[id] = last;
    this.#code.values[id] = code;
    this.#seen.values[id] = this.#idleClock.value;
    return row;
  }

  /** Where the newest code of the series is `newest`. */
  #codeAt(batch: SampleBatch, row: number, newest: number): number {
    const { quality, series } = batch;
    if (quality[row] === Quality.bad) return NO_STATE;
    const isUncertain = quality[row] === Quality.uncertain;
    const kind = batch.kind ? batch.kind[row] : Kind.double;
    if (kind !== Kind.double) {
      const state = Math.floor(newest / 2);
      const isSame = kind !== Kind.boolean && state !== UNKNOWN && this.#names.isIn(batch, row, state);
      return codeWith(isSame ? state : this.#names.of(batch, row), isUncertain);
    }
    const id = series[row];
    if (this.#doubles[id] !== batch.value[row] || this.#states[id] === UNKNOWN)
      this.#learn(id, batch.value[row], this.#names.of(batch, row));
    return codeWith(this.#states[id], isUncertain);
  }

  #foldOne(batch: SampleBatch, row: number): void {
    const id = batch.series[row];
    const time = batch.time[row];
    if (time > batch.horizon) return this.#context.count('durations: beyond horizon', 1);
    const newest = this.#newest.values[id];
    if (newest === Number.NEGATIVE_INFINITY) this.#begin(id, time);
    this.#seen.values[id] = this.#idleClock.value;
    // Before the row's state is known of the series: what closes now was before it.
    this.#advance(id, time);
    const code = this.#codeAt(batch, row, this.#code.values[id]);
    if (time < newest) return this.#foldLate(id, time, code);
    const end = Math.min(this.#credited.now.values[id], time + this.#hold);
    this.#credited.credit(
      id,
      this.#code.values[id],
      time,
      Math.min(this.#credited.now.values[id], newest + this.#hold),
      -1,
    );
    this.#credited.credit(id, code, time, end, 1);
    if (time > newest) this.#append(id, batch, row, code);
    else this.#recent.add(id, time, code);
    this.#newest.values[id] = time;
    this.#code.values[id] = code;
  }

  #append(id: number, { time, length }: SampleBatch, row: number, code: number): void {
    this.#reserveCodes(length);
    this.#codes[row] = code;
    this.#recent.append(id, time, this.#codes, row, row + 1);
  }

  #reserveCodes(length: number): void {
    if (this.#codes.length < length) this.#codes = new Float64Array(length);
  }

  #learn(id: number, double: number, state: number): void {
    while (this.#doubles.length <= id) {
      this.#doubles.push(Number.NaN);
      this.#states.push(UNKNOWN);
    }
    this.#doubles[id] = double;
    this.#states[id] = state;
  }

  #begin(id: number, time: number): void {
    this.#known.add(id);
    if (this.#recent.reaches(id, -Number.MAX_VALUE)) return;
    this.#credited.beginAt(id, time);
  }

  /** A sample before the newest: takes what it covers from the one before it, or from the one that it corrects. */
  #foldLate(id: number, time: number, code: number): void {
    let before: { time: number; code: number } | undefined;
    let own: number | undefined;
    let next = this.#newest.values[id];
    this.#recent.visit(id, Number.NEGATIVE_INFINITY, time, (at, code) => {
      before = { time: at, code };
    });
    this.#recent.visit(id, time, next, (at, code) => {
      if (at === time) own = code;
      else next = Math.min(next, at);
    });
    const isForgotten = own === undefined && before === undefined && !this.#recent.reaches(id, -Number.MAX_VALUE);
    if (isForgotten) return this.#context.count('durations: late', 1);
    const outcome = this.#recent.add(id, time, code);
    if (outcome === 'repeat') return;
    if (outcome === 'older' || this.#credited.isFinal(id, this.#credited.startOf(time)))
      this.#context.count('durations: late', 1);
    if (outcome === 'older') return;
    if (own !== undefined) this.#credited.credit(id, own, time, Math.min(next, time + this.#hold), -1);
    else if (before) this.#credited.credit(id, before.code, time, Math.min(next, before.time + this.#hold), -1);
    this.#credited.credit(id, code, time, Math.min(next, time + this.#hold), 1);
  }

  /** Event time of a series has come to `time`, in the state of its newest sample as long as that holds. */
  #advance(id: number, time: number): void {
    const now = this.#credited.now.values[id];
    if (!(time > now)) return;
    const end = this.#newest.values[id] + this.#hold;
    this.#credited.credit(id, this.#code.values[id], now, Math.min(time, end), 1);
    this.#credited.now.values[id] = time;
    if (time >= this.#credited.due.values[id]) this.#credited.close(id);
  }
}

function codeWith(state: number, isUncertain: boolean): number {
  return codeOf(state, state !== UNKNOWN && isUncertain);
}

/** Of the same kind, value and quality. */
function areAlike({ value, quality, kind, integer, text }: SampleBatch, a: number, b: number): boolean {
  if (quality[a] !== quality[b] || (kind && kind[a] !== kind[b])) return false;
  // The number of a text is NaN.
  if (value[a] !== value[b] && !(kind && kind[a] === Kind.text)) return false;
  return (!text || text[a] === text[b]) && (!integer || integer[a] === integer[b]);
}
