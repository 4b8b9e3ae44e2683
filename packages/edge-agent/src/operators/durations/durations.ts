import {
  BatchBuilder,
  carrying,
  type Columns,
  Kind,
  noRows,
  type OperatorContext,
  Quality,
  type RecentSamples,
  type SampleBatch,
  type SeriesColumn,
  type Watermarks,
} from '@sluis/plugin-sdk';
import { type DurationsConfig, holdOf } from './config.ts';
import { HeldTimes, NONE } from './held-times.ts';
import { StateNames, UNKNOWN } from './state-names.ts';

/** Samples remembered over all series, and of one: they put late ones and corrections in their place. */
const REMEMBERED = { budget: 2 ** 18, most: 4096 };
/** A closed window may be revised for its own length, or this long in event time (µs) if that is more. */
const LEAST_REVISABLE = 60_000_000;
/** What one tick counts for at most (µs) where a series waits for samples: a stopped agent has not waited. */
const LONGEST_STEP = 2_000_000;
const MICROSECONDS = 1_000_000;
const MAX_REVISION = 0xffff;

/** What was remembered of a sample: its state, and whether it was uncertain, as one number. */
const codeOf = (state: number, isUncertain: boolean): number => state * 2 + (isUncertain ? 1 : 0);

/**
 * A sample at `t` covers [t, min(next, t + hold)). Times are whole µs, so that what is added and taken back as samples come,
 * in whatever order, is exactly what the samples in order of time give.
 */
export class Durations {
  readonly #context: OperatorContext<DurationsConfig>;
  readonly #every: number;
  readonly #hold: number;
  readonly #closesAfter: number;
  readonly #finalAfter: number;
  readonly #names: StateNames;
  readonly #times: HeldTimes;
  readonly #recent: RecentSamples;
  /** Time and code of each series' newest sample, and how far its event time has come, which is no less. */
  readonly #newest: SeriesColumn;
  readonly #code: SeriesColumn;
  readonly #now: SeriesColumn;
  /** Windows that begin earlier had samples that nobody knows: they are left out. */
  readonly #valid: SeriesColumn;
  /** The event time at which the first open window closes. */
  readonly #due: SeriesColumn;
  /** Series in order of their first sample: that of ids is another after a restore. */
  readonly #known;
  /** The idle clock when each series last had a sample. */
  readonly #seen: SeriesColumn;
  readonly #idleClock;
  readonly #tick;
  /** Times in closed windows that changed since the last tick, in order of the change. */
  readonly #changed;
  readonly #results = new BatchBuilder();
  #codes = new Float64Array(0);
  /** By series the double whose state is the newest one, as far as known: its name need not be made. */
  readonly #doubles: number[] = [];
  readonly #kinds: number[] = [];
  /** By series the time that was added to last. Only times that are closed go. */
  readonly #hints: number[] = [];

  constructor(context: OperatorContext<DurationsConfig>) {
    const { config, state } = context;
    this.#context = context;
    this.#every = config.every;
    this.#hold = holdOf(config);
    this.#closesAfter = config.every + config.lateness;
    this.#finalAfter = this.#closesAfter + Math.max(config.every, LEAST_REVISABLE);
    this.#names = new StateNames(context);
    this.#times = new HeldTimes(context);
    this.#recent = state.recent('recent', REMEMBERED);
    this.#newest = state.float64('newest', Number.NEGATIVE_INFINITY);
    this.#code = state.float64('code', UNKNOWN);
    this.#now = state.float64('now', Number.NEGATIVE_INFINITY);
    this.#valid = state.float64('valid', Number.NEGATIVE_INFINITY);
    this.#due = state.float64('due', Number.POSITIVE_INFINITY);
    this.#known = state.rows('series', []);
    this.#seen = state.float64('seen', 0);
    this.#idleClock = state.scalar('idle clock', 0);
    this.#tick = state.scalar('tick', Number.NEGATIVE_INFINITY);
    this.#changed = state.rows('changed', ['start', 'state']);
  }

  next(batch: SampleBatch): SampleBatch {
    const { size } = this.#context.series;
    for (const column of [this.#newest, this.#code, this.#now, this.#valid, this.#due, this.#seen])
      column.reserve(size);
    if (batch.tick > this.#tick.value) this.#onTick(batch);
    for (let row = 0; row < batch.length;) {
      const next = this.#foldSteady(batch, row);
      if (next === row) this.#foldOne(batch, row++);
      else row = next;
    }
    return carrying(batch, this.#take());
  }

  #onTick({ tick, watermarks }: SampleBatch): void {
    if (this.#tick.value !== Number.NEGATIVE_INFINITY) {
      this.#idleClock.value += Math.min(tick - this.#tick.value, LONGEST_STEP);
    }
    this.#tick.value = tick;
    this.#goOn(watermarks);
    const { columns, owner } = this.#changed;
    for (const change of this.#changed) {
      const row = this.#times.find(owner[change], columns.start[change], columns.state[change]);
      if (row !== NONE) this.#emitAgain(row);
      this.#changed.remove(change);
    }
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
    const now = this.#now.values[id];
    if (code === UNKNOWN || now !== this.#newest.values[id] || !(time[from] > now && time[from] <= horizon))
      return from;
    if (quality[from] === Quality.bad || quality[from] !== code % 2) return from;
    const k = kind ? kind[from] : Kind.double;
    const isKnown = this.#kinds.at(id) === k && this.#doubles[id] === value[from];
    if (!isKnown) {
      if (!this.#names.isIn(batch, from, Math.floor(code / 2))) return from;
      this.#learn(id, k, k === Kind.double || k === Kind.boolean ? value[from] : Number.NaN);
    }
    // Due is the end of an earlier window, or of the one that this is in as soon as that has any time.
    const hint = this.#hintOf(id, code, now);
    const closes = hint === NONE ? this.#startOf(now) + this.#closesAfter : this.#due.values[id];
    const limit = Math.min(this.#due.values[id], closes, horizon + 1);
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
    const { columns } = this.#times.table;
    if (hint !== NONE && last <= columns.start[hint] + this.#every) {
      columns.time[hint] += last - now;
      if (code % 2 === 1) columns.uncertain[hint] += last - now;
    } else this.#credit(id, code, now, last, 1);
    this.#newest.values[id] = last;
    this.#now.values[id] = last;
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
    const end = Math.min(this.#now.values[id], time + this.#hold);
    this.#credit(id, this.#code.values[id], time, Math.min(this.#now.values[id], newest + this.#hold), -1);
    this.#credit(id, code, time, end, 1);
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

  /** The open time of the state in the window that `time` is in, if it is the one that was added to last. */
  #hintOf(id: number, code: number, time: number): number {
    const hint = this.#hints.at(id) ?? NONE;
    if (hint === NONE) return NONE;
    const { columns, owner } = this.#times.table;
    const isOwn = owner[hint] === id && columns.state[hint] === Math.floor(code / 2) && columns.closed[hint] === 0;
    return isOwn && time >= columns.start[hint] && time < columns.start[hint] + this.#every ? hint : NONE;
  }

  #begin(id: number, time: number): void {
    this.#known.add(id);
    if (this.#recent.reaches(id, -Number.MAX_VALUE)) return;
    const start = this.#startOf(time);
    this.#valid.values[id] = start === time ? start : start + this.#every;
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
    if (outcome === 'older' || this.#isFinal(id, this.#startOf(time))) this.#context.count('durations: late', 1);
    if (outcome === 'older') return;
    if (own !== undefined) this.#credit(id, own, time, Math.min(next, time + this.#hold), -1);
    else if (before) this.#credit(id, before.code, time, Math.min(next, before.time + this.#hold), -1);
    this.#credit(id, code, time, Math.min(next, time + this.#hold), 1);
  }

  /** Event time of a series has come to `time`, in the state of its newest sample as long as that holds. */
  #advance(id: number, time: number): void {
    const now = this.#now.values[id];
    if (!(time > now)) return;
    const end = this.#newest.values[id] + this.#hold;
    this.#credit(id, this.#code.values[id], now, Math.min(time, end), 1);
    this.#now.values[id] = time;
    if (time >= this.#due.values[id]) this.#close(id);
  }

  /** Adds [from, to) to the time in a state, or takes it back; does nothing if that is empty. */
  #credit(id: number, code: number, from: number, to: number, sign: 1 | -1): void {
    const state = Math.floor(code / 2);
    if (state === UNKNOWN || !(to > from)) return;
    const { columns } = this.#times.table;
    for (let start = this.#startOf(from); start < to; start += this.#every) {
      if (start < this.#valid.values[id] || this.#isFinal(id, start)) continue;
      const row = this.#times.open(id, start, state, this.#isClosed(id, start));
      if (row === NONE) continue;
      while (this.#hints.length <= id) this.#hints.push(NONE);
      this.#hints[id] = row;
      const length = sign * (Math.min(to, start + this.#every) - Math.max(from, start));
      columns.time[row] += length;
      if (code % 2 === 1) columns.uncertain[row] += length;
      if (columns.closed[row] === 1) this.#change(row);
      else this.#due.values[id] = Math.min(this.#due.values[id], start + this.#closesAfter);
    }
  }

  /** It is emitted again with the next tick. */
  #change(row: number): void {
    const { columns, owner } = this.#times.table;
    if (columns.dirty[row] === 1) return;
    columns.dirty[row] = 1;
    const change = this.#changed.add(owner[row]);
    this.#changed.columns.start[change] = columns.start[row];
    this.#changed.columns.state[change] = columns.state[row];
  }

  /** Emits the windows that are over, each with all states of the series, and forgets those that are revised no more. */
  #close(id: number): void {
    const { table } = this.#times;
    const { start, closed, dirty } = table.columns;
    const starts = new Set<number>();
    let due = Number.POSITIVE_INFINITY;
    for (const row of table.of(id)) {
      if (closed[row] === 1) continue;
      if (this.#isClosed(id, start[row])) starts.add(start[row]);
      else due = Math.min(due, start[row] + this.#closesAfter);
    }
    this.#due.values[id] = due;
    const states = this.#names.ofSeries(id);
    for (const from of [...starts].sort((a, b) => a - b)) {
      for (const state of states) {
        const row = this.#times.find(id, from, state);
        if (row === NONE) this.#emit(id, state, from, { seconds: 0, quality: Quality.good, revision: 0 });
        else this.#emitRow(row);
      }
    }
    const forgotten = table
      .of(id)
      .filter((row) => closed[row] === 1 && dirty[row] === 0 && this.#isFinal(id, start[row]));
    for (const row of forgotten) table.remove(row);
  }

  #emitAgain(row: number): void {
    const { time, uncertain, sent, sentUncertain, dirty } = this.#times.table.columns;
    dirty[row] = 0;
    if (time[row] !== sent[row] || (uncertain[row] > 0 ? 1 : 0) !== sentUncertain[row]) this.#emitRow(row);
  }

  #emitRow(row: number): void {
    const { columns, owner } = this.#times.table;
    const quality = columns.uncertain[row] > 0 ? Quality.uncertain : Quality.good;
    const seconds = Math.max(0, columns.time[row]) / MICROSECONDS;
    this.#emit(owner[row], columns.state[row], columns.start[row], {
      seconds,
      quality,
      revision: columns.revision[row],
    });
    columns.closed[row] = 1;
    columns.sent[row] = columns.time[row];
    columns.sentUncertain[row] = columns.uncertain[row] > 0 ? 1 : 0;
    columns.revision[row]++;
  }

  #emit(
    id: number,
    state: number,
    start: number,
    { seconds, quality, revision }: { seconds: number; quality: Quality; revision: number },
  ): void {
    const rows = this.#results;
    rows.double(this.#names.resultSeries(id, state), start, seconds, quality);
    if (revision === 0) return;
    rows.revision ??= new Uint16Array(rows.series.length);
    rows.revision[rows.length - 1] = Math.min(revision, MAX_REVISION);
  }

  #take(): Columns {
    return this.#results.length === 0 ? noRows : this.#results.take();
  }

  #startOf(time: number): number {
    const past = time % this.#every;
    return past < 0 ? time - past - this.#every : time - past;
  }

  #isClosed(id: number, start: number): boolean {
    return start + this.#closesAfter <= this.#now.values[id];
  }

  /** Closed for so long that it is revised no more. */
  #isFinal(id: number, start: number): boolean {
    return start + this.#finalAfter < this.#now.values[id];
  }
}
