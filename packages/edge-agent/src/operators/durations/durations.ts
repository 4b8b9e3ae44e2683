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
  /** By series the double whose state is the newest one, as far as known: its name need not be made. */
  readonly #doubles: number[] = [];
  readonly #kinds: number[] = [];

  constructor(context: OperatorContext<DurationsConfig>) {
    const { config, state } = context;
    this.#context = context;
    this.#hold = holdOf(config);
    this.#names = new StateNames(context);
    this.#recent = state.recent('recent', REMEMBERED);
    this.#newest = state.float64('newest', Number.NEGATIVE_INFINITY);
    this.#code = state.float64('code', UNKNOWN);
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
      const next = this.#foldSteady(batch, row);
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

  /** The fast path: rows from `from` on of one series that rise in time, stay in its newest state, and close no window. */
  #foldSteady(batch: SampleBatch, from: number): number {
    const { series, time, value, quality, kind, integer, text, horizon, length } = batch;
    const id = series[from];
    const code = this.#code.values[id];
    const now = this.#credited.now.values[id];
    if (code === UNKNOWN || now !== this.#newest.values[id] || !(time[from] > now && time[from] <= horizon))
      return from;
    if (quality[from] === Quality.bad || quality[from] !== code % 2) return from;
    const k = kind ? kind[from] : Kind.double;
    const isKnown = this.#kinds.at(id) === k && this.#doubles[id] === value[from];
    if (!isKnown) {
      if (!this.#names.isIn(batch, from, Math.floor(code / 2))) return from;
      this.#learn(id, k, k === Kind.double || k === Kind.boolean ? value[from] : Number.NaN);
    }
    const limit = Math.min(this.#credited.closesAt(id, code), horizon + 1);
    let last = now;
    let row = from;
    for (; row < length && series[row] === id; row++) {
      const isNext = time[row] > last && time[row] < limit && time[row] - last <= this.#hold;
      if (!isNext || quality[row] !== quality[from]) break;
      if (kind && kind[row] !== kind[from]) break;
      // The number of a text is NaN.
      if (text && text[row] !== text[from]) break;
      if (value[row] !== value[from] && !(kind && kind[row] === Kind.text)) break;
      if (integer && integer[row] !== integer[from]) break;
      last = time[row];
    }
    if (row === from) return from;
    this.#reserveCodes(length);
    this.#codes.fill(code, from, row);
    this.#recent.append(id, time, this.#codes, from, row);
    this.#credited.creditSteady(id, code, last);
    this.#newest.values[id] = last;
    this.#credited.now.values[id] = last;
    this.#seen.values[id] = this.#idleClock.value;
    return row;
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
    const state = this.#names.of(batch, row);
    const code = codeOf(state, state !== UNKNOWN && batch.quality[row] === Quality.uncertain);
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
    if (this.#code.values[id] !== code) this.#learn(id, Kind.double, Number.NaN);
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

  #learn(id: number, kind: number, double: number): void {
    while (this.#doubles.length <= id) {
      this.#doubles.push(Number.NaN);
      this.#kinds.push(Kind.double);
    }
    this.#doubles[id] = double;
    this.#kinds[id] = kind;
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
