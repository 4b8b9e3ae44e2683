import { Kind, Quality, type SampleBatch, type Watermarks } from '@sluis/protocol';
import {
  defineOperator,
  type OperatorContext,
  type RecentSamples,
  type Scalar,
  type SeriesColumn,
} from '@sluis/plugin-sdk';
import { map } from '@sluis/plugin-sdk/rxjs';
import { type WindowConfig, windowConfig } from './window/config.ts';
import { WindowResults } from './window/results.ts';
import { NONE, Windows } from './window/windows.ts';

/**
 * Samples remembered over all series, to put late, repeated and corrected ones in their place: at 10,000 a second the last
 * 26 s. 4 MiB for each window step.
 */
const REMEMBERED_SAMPLES = 2 ** 18;
/** Windows held at once, open ones and those that may still be revised: about 128 bytes each. */
export const MAX_WINDOWS = 2 ** 18;
/** A closed window may be revised for its own length, or this long in event time (µs) if that is more. */
const LEAST_REVISABLE = 60_000_000;
/** What one tick counts for at most (µs) where a series waits for samples: a stopped agent has not waited. */
const LONGEST_STEP = 2_000_000;

/**
 * Tumbling windows [start, start + every), aligned to 1970 UTC, per series. Results are doubles in the series
 * `<input path>/<stream>/<aggregate>`, stamped with the start; of uncertain quality if any uncertain sample fell into the
 * window. What has no number (bad quality, NaN, text) takes no part; as a correction it takes back what it replaces.
 *
 * A window closes when event time of its series has passed its end by `lateness`: by a row of its own, in order of rows,
 * or by a tick's watermarks, which know rows that earlier steps dropped; or when its series has been idle. From then on
 * a row that falls into it re-emits it with the next revision, at most once per tick. In the end results are those
 * over the samples in order of time without repeats, as far back as samples are remembered; further back a row is folded
 * in as well as can be while its window is open, and then dropped and counted.
 */
export const window = defineOperator({
  name: 'window',
  version: 1,
  summary: 'Aggregate each series over windows of time.',
  names: 'stream',
  config: windowConfig,
  examples: [
    {
      title: 'Ten seconds',
      config: { every: '10s', aggregate: ['count', 'mean', 'max'] },
      given: `
        1s   oven/temperature  20   Cel
        4s   oven/temperature  21
        9s   oven/temperature  25   ?
        10s  oven/temperature  30
        12s  oven/temperature  NaN
        13s  oven/temperature  99   !
        20s  oven/temperature  31
      `,
      expected: `
        0s   oven/temperature/s/count  3  ?
        0s   oven/temperature/s/mean   22 Cel ?
        0s   oven/temperature/s/max    25 Cel ?
        10s  oven/temperature/s/count  1
        10s  oven/temperature/s/mean   30
        10s  oven/temperature/s/max    30
      `,
    },
    {
      title: 'A late sample and a correction',
      config: { every: '10s', aggregate: ['sum', 'first'] },
      given: `
        1s   press/parts  5
        4s   press/parts  6
        11s  press/parts  7
        tick 12s
        0s   press/parts  1
        4s   press/parts  8
        tick 13s
        tick 14s
      `,
      expected: `
        0s   press/parts/s/sum    11
        0s   press/parts/s/first  5
        tick 12s
        tick 13s
        0s   press/parts/s/sum    14 r1
        0s   press/parts/s/first  1  r1
        tick 14s
      `,
    },
    {
      title: 'Waiting, and waiting no longer',
      config: { every: '10s', aggregate: ['count'], lateness: '5s', idle: '3s' },
      given: `
        tick 10s
        9s   a/force  1
        14s  a/force  2
        3s   a/force  3
        15s  a/force  4
        15s  b/force  1
        tick 11s
        17s  b/force  -
        tick 12s
        tick 13s
        tick 14s
      `,
      expected: `
        tick 10s
        0s   a/force/s/count  2
        tick 11s
        tick 12s
        tick 13s
        10s  a/force/s/count  2
        10s  b/force/s/count  1
        tick 14s
      `,
    },
  ],
  create(context) {
    const windows = new WindowOperator(context);
    return map((batch) => windows.next(batch));
  },
});

class WindowOperator {
  readonly #context: OperatorContext<WindowConfig>;
  readonly #every: number;
  readonly #lateness: number;
  readonly #revisable: number;
  readonly #idle: number;
  readonly #spread: boolean;

  readonly #windows: Windows;
  readonly #recent: RecentSamples;
  /** How far event time of each series has come. */
  readonly #watermark: SeriesColumn;
  /** The event time at which the first open window of each series closes. */
  readonly #due: SeriesColumn;
  /** The idle clock when each series last had a row. */
  readonly #seen: SeriesColumn;
  readonly #idleClock: Scalar;
  readonly #tick: Scalar;
  /** Closed windows that changed since the last tick, in order of the change. */
  readonly #changed;
  readonly #results: WindowResults;

  constructor(context: OperatorContext<WindowConfig>) {
    const { config, state, series, stream } = context;
    this.#context = context;
    this.#every = config.every;
    this.#lateness = config.lateness;
    this.#revisable = Math.max(config.every, LEAST_REVISABLE);
    this.#idle = config.idle ?? Number.POSITIVE_INFINITY;
    this.#spread = config.aggregate.includes('stddev');
    this.#windows = new Windows(state, { spread: this.#spread });
    this.#recent = state.recent('recent', { budget: REMEMBERED_SAMPLES });
    this.#watermark = state.float64('watermark', Number.NEGATIVE_INFINITY);
    this.#due = state.float64('due', Number.POSITIVE_INFINITY);
    this.#seen = state.float64('seen', 0);
    this.#idleClock = state.scalar('idle clock', 0);
    this.#tick = state.scalar('tick', Number.NEGATIVE_INFINITY);
    this.#changed = state.rows('changed', ['start']);
    this.#results = new WindowResults({ series, aggregates: config.aggregate, stream });
  }

  next(batch: SampleBatch): SampleBatch {
    const series = this.#context.series.size;
    this.#watermark.reserve(series);
    this.#due.reserve(series);
    this.#seen.reserve(series);
    if (batch.tick > this.#tick.value) this.#onTick(batch);
    if (batch.length > 0) this.#onRows(batch);
    const { position, tick, horizon, watermarks } = batch;
    return { ...this.#results.take(), position, tick, horizon, watermarks };
  }

  #onTick({ tick, watermarks }: SampleBatch): void {
    if (this.#tick.value !== Number.NEGATIVE_INFINITY) {
      this.#idleClock.value += Math.min(tick - this.#tick.value, LONGEST_STEP);
    }
    this.#tick.value = tick;
    this.#advanceAll(watermarks);
    for (const change of this.#changed) {
      const row = this.#windows.find(this.#changed.owner[change], this.#changed.columns.start[change]);
      if (row !== NONE) this.#emit(row);
      this.#changed.remove(change);
    }
    if (this.#idle !== Number.POSITIVE_INFINITY) this.#closeIdle();
  }

  /** Windows close in the order in which the first of their series was opened: that of ids is another after a restore. */
  #advanceAll({ series, time }: Watermarks): void {
    const due = new Map<number, number>();
    for (let i = 0; i < series.length; i++) {
      if (time[i] < this.#due.values[series[i]]) this.#advance(series[i], time[i]);
      else due.set(series[i], time[i]);
    }
    if (due.size === 0) return;
    const { table } = this.#windows;
    const ordered = new Set<number>();
    for (const row of table) {
      if (due.has(table.owner[row])) ordered.add(table.owner[row]);
      if (ordered.size === due.size) break;
    }
    for (const id of ordered) this.#advance(id, due.get(id) ?? Number.NEGATIVE_INFINITY);
  }

  #closeIdle(): void {
    const { table } = this.#windows;
    for (const row of table) {
      if (table.columns.closed[row] === 1) continue;
      if (this.#idleClock.value - this.#seen.values[table.owner[row]] >= this.#idle) this.#close(row);
    }
  }

  #onRows(batch: SampleBatch): void {
    const { series, time, length } = batch;
    let row = 0;
    while (row < length) {
      const id = series[row];
      let end = row + 1;
      while (end < length && series[end] === id) end++;
      let greatest = this.#recent.greatest(id);
      while (row < end) {
        const next = this.#foldRising(batch, row, end, greatest);
        if (next > row) {
          greatest = time[next - 1];
          row = next;
        } else {
          this.#foldOne(batch, row++);
          greatest = this.#recent.greatest(id);
        }
      }
    }
  }

  /**
   * The fast path: folds rows from `from` on that have numbers, rise in time and fall into one open window. Returns the
   * row after them; `from` if that row needs {@link #foldOne}.
   */
  #foldRising(batch: SampleBatch, from: number, end: number, greatest: number): number {
    const { time, value, quality, horizon } = batch;
    const id = batch.series[from];
    let t = time[from];
    let v = value[from];
    if (!(t > greatest) || t > horizon || quality[from] === Quality.bad || Number.isNaN(v)) return from;
    this.#advance(id, t);
    const start = this.#startOf(t);
    let row = this.#windows.find(id, start);
    if (row === NONE) {
      // Already closed, or forgotten early with samples in it.
      if (this.#isClosed(id, start) || greatest >= start || !this.#recent.reaches(id, start)) return from;
      row = this.#open(id, start);
    }
    const c = this.#windows.table.columns;
    if (c.closed[row] === 1) return from;

    const limit = Math.min(start + this.#every, this.#due.values[id], horizon + 1);
    const spread = this.#spread;
    let count = c.count[row];
    let sum = c.sum[row];
    let mean = c.mean[row];
    let m2 = c.m2[row];
    let min = c.min[row];
    let max = c.max[row];
    let worst = 0;
    if (count === 0) {
      c.first[row] = v;
      c.firstTime[row] = t;
    }
    let i = from;
    let last: number;
    let lastTime: number;
    do {
      count++;
      sum += v;
      if (spread) {
        const delta = v - mean;
        mean += delta / count;
        m2 += delta * (v - mean);
      }
      if (v < min) min = v;
      if (v > max) max = v;
      worst |= quality[i];
      last = v;
      lastTime = t;
      i++;
      if (i === end) break;
      t = time[i];
      v = value[i];
    } while (t > lastTime && t < limit && quality[i] !== Quality.bad && !Number.isNaN(v));

    c.count[row] = count;
    c.sum[row] = sum;
    c.mean[row] = mean;
    c.m2[row] = m2;
    c.min[row] = min;
    c.max[row] = max;
    c.last[row] = last;
    c.lastTime[row] = lastTime;
    if (worst !== Quality.good) c.uncertain[row] = 1;
    if (lastTime > this.#watermark.values[id]) this.#watermark.values[id] = lastTime;
    this.#seen.values[id] = this.#idleClock.value;
    this.#recent.append(id, time, value, from, i);
    return i;
  }

  /** Any row: late, unordered, repeated, a correction, or without a number. */
  #foldOne(batch: SampleBatch, at: number): void {
    const id = batch.series[at];
    const time = batch.time[at];
    if (time > batch.horizon) return this.#context.count('window: beyond horizon', 1);
    this.#advance(id, time);
    this.#seen.values[id] = this.#idleClock.value;
    const value = this.#numberAt(batch, at);
    const start = this.#startOf(time);
    if (this.#isFinal(id, start)) return this.#context.count('window: late', 1);

    let row = this.#windows.find(id, start);
    const before = this.#remembered(id, time);
    const outcome = this.#recent.add(id, time, value);
    if (outcome === 'repeat') return;
    const c = this.#windows.table.columns;
    // Nobody can tell whether an older one is new, or whether a window that is not held had others: no result is sent in part.
    if (outcome === 'older' && (row === NONE || c.closed[row] === 1)) return this.#context.count('window: late', 1);
    if (row === NONE) {
      if (Number.isNaN(value) && Number.isNaN(before)) return;
      if (!this.#recent.reaches(id, start)) return this.#context.count('window: late', 1);
      row = this.#open(id, start);
      this.#refold(row);
      if (batch.quality[at] === Quality.uncertain) this.#windows.table.columns.uncertain[row] = 1;
      this.#change(row);
      return;
    }
    if (!Number.isNaN(before)) {
      if (c.count[row] > 0) this.#windows.unfold(row, before);
      c.stale[row] = 2;
      if (time === c.firstTime[row]) c.first[row] = value;
      if (time === c.lastTime[row]) c.last[row] = value;
    }
    if (!Number.isNaN(value)) {
      if (!(time > c.lastTime[row])) c.stale[row] = Math.max(c.stale[row], 1);
      this.#windows.fold(row, time, value);
      if (batch.quality[at] === Quality.uncertain) c.uncertain[row] = 1;
    }
    if (Number.isNaN(value) && Number.isNaN(before)) return;
    this.#change(row);
  }

  /** A closed window is emitted again with the next tick. */
  #change(row: number): void {
    const { columns, owner } = this.#windows.table;
    if (columns.closed[row] === 0 || columns.dirty[row] === 1) return;
    columns.dirty[row] = 1;
    this.#changed.columns.start[this.#changed.add(owner[row])] = columns.start[row];
  }

  /** The value of a row as windows see it; NaN where there is no number to aggregate. */
  #numberAt({ value, quality, kind }: SampleBatch, at: number): number {
    if (kind && kind[at] === Kind.text) {
      this.#context.count('window: text', 1);
      return Number.NaN;
    }
    if (quality[at] === Quality.bad) {
      this.#context.count('window: bad quality', 1);
      return Number.NaN;
    }
    if (Number.isNaN(value[at])) this.#context.count('window: not a number', 1);
    return value[at];
  }

  #remembered(series: number, time: number): number {
    let remembered = Number.NaN;
    // Times are whole: nothing else is in [time, time + 1).
    this.#recent.visit(series, time, time + 1, (_, value) => {
      remembered = value;
    });
    return remembered;
  }

  /** Event time of a series has come to `time`: closes what is over, and forgets what can no longer be revised. */
  #advance(series: number, time: number): void {
    if (!(time > this.#watermark.values[series])) return;
    this.#watermark.values[series] = time;
    if (time < this.#due.values[series]) return;
    const { table } = this.#windows;
    for (;;) {
      let earliest = NONE;
      for (const row of table.of(series)) {
        const { closed, start } = table.columns;
        if (closed[row] === 1 || !this.#isClosed(series, start[row])) continue;
        if (earliest === NONE || start[row] < start[earliest]) earliest = row;
      }
      if (earliest === NONE) break;
      this.#close(earliest);
    }
    const rows = table.of(series);
    for (let i = rows.length - 1; i >= 0; i--) {
      const { closed, dirty, start } = table.columns;
      const row = rows[i];
      if (closed[row] === 1 && dirty[row] === 0 && this.#isFinal(series, start[row])) this.#windows.remove(row);
    }
  }

  #open(series: number, start: number): number {
    if (this.#windows.table.size >= MAX_WINDOWS) this.#forgetOldest();
    const row = this.#windows.open(series, start);
    if (this.#isClosed(series, start)) this.#windows.table.columns.closed[row] = 1;
    else this.#due.values[series] = Math.min(this.#due.values[series], start + this.#every + this.#lateness);
    return row;
  }

  #forgetOldest(): void {
    const { table } = this.#windows;
    for (const row of table) {
      if (table.columns.closed[row] === 0) {
        this.#context.count('window: closed early', 1);
        this.#close(row);
      } else if (table.columns.dirty[row] === 1) {
        this.#emit(row);
      }
      this.#windows.remove(row);
      return;
    }
  }

  #close(row: number): void {
    const { columns, owner } = this.#windows.table;
    columns.closed[row] = 1;
    const series = owner[row];
    let due = Number.POSITIVE_INFINITY;
    for (const other of this.#windows.table.of(series)) {
      if (columns.closed[other] === 0) due = Math.min(due, columns.start[other] + this.#every + this.#lateness);
    }
    this.#due.values[series] = due;
    this.#emit(row);
  }

  #emit(row: number): void {
    const { table } = this.#windows;
    const { start, emissions, dirty, uncertain, stale, count } = table.columns;
    const series = table.owner[row];
    const from = start[row];
    if (stale[row] !== 0) {
      if (this.#recent.reaches(series, from)) {
        this.#refold(row);
      } else if (stale[row] === 2) {
        this.#context.count('window: correction not exact', 1);
      }
    }
    dirty[row] = 0;
    if (count[row] === 0 && emissions[row] === 0) return;
    const found = this.#windows.found(row);
    this.#results.add({ series, start: from, found, uncertain: uncertain[row] === 1, emission: emissions[row] });
    emissions[row]++;
  }

  /** From what is remembered, which must be all of it. */
  #refold(row: number): void {
    const { owner, columns } = this.#windows.table;
    const from = columns.start[row];
    this.#windows.refold(row, (fold) => this.#recent.visit(owner[row], from, from + this.#every, fold));
  }

  #startOf(time: number): number {
    const past = time % this.#every;
    return past < 0 ? time - past - this.#every : time - past;
  }

  #isClosed(series: number, start: number): boolean {
    return start + this.#every + this.#lateness <= this.#watermark.values[series];
  }

  /** Closed for so long that it is revised no more. */
  #isFinal(series: number, start: number): boolean {
    return start + this.#every + this.#lateness + this.#revisable < this.#watermark.values[series];
  }
}
