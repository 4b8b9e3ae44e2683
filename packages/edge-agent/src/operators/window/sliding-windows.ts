import {
  bySeries,
  type OperatorContext,
  Quality,
  type RecentSamples,
  type RowTable,
  type SampleBatch,
  type SeriesColumn,
} from '@sluis/plugin-sdk';
import { type Aggregate, revisableOf, type WindowConfig } from './config.ts';
import { IdleClock } from './idle-clock.ts';
import { Marks } from './marks.ts';
import { numberAt } from './number-at.ts';
import { WindowResults } from './results.ts';
import { Span } from './span.ts';

/** Samples remembered over all series, which is as many as the windows of all can hold: 8 MiB for each window step. */
const REMEMBERED_SAMPLES = 2 ** 19;
/** Changes that wait for a tick. */
const MAX_CHANGES = 2 ** 18;

/**
 * At each sample the window (t − size, t], stamped with t, once event time of the series has passed t by `lateness`. What is
 * emitted is computed of the samples that are remembered, so a window that holds more than those is not emitted, and counted.
 * A sample that comes, changes or goes later than that changes all windows it is in: they are emitted again with the next tick.
 */
export class SlidingWindows {
  readonly #context: OperatorContext<WindowConfig>;
  readonly #size: number;
  readonly #lateness: number;
  readonly #revisable: number;
  readonly #recent: RecentSamples;
  /** 1 where the quality is uncertain. */
  readonly #marks: Marks;
  readonly #watermark: SeriesColumn;
  /** Samples up to this time have had their window emitted. */
  readonly #sent: SeriesColumn;
  /** How many ticks have emitted windows of the series again: the revision of those that do. */
  readonly #revisions: SeriesColumn;
  readonly #idle: IdleClock;
  /** Times of samples that have come or changed after their window was emitted; `had` is 1 if there was one before. */
  readonly #changed: RowTable<'time' | 'had'>;
  readonly #results: WindowResults;
  readonly #span = new Span();

  constructor(context: OperatorContext<WindowConfig>) {
    const { config, state, series, stream } = context;
    this.#context = context;
    this.#size = config.sliding ?? 0;
    this.#lateness = config.lateness;
    this.#revisable = revisableOf(config);
    this.#recent = state.recent('recent', { budget: REMEMBERED_SAMPLES });
    this.#marks = new Marks(state, REMEMBERED_SAMPLES);
    this.#watermark = state.float64('watermark', Number.NEGATIVE_INFINITY);
    this.#sent = state.float64('sent', Number.NEGATIVE_INFINITY);
    this.#revisions = state.float64('revisions', 0);
    this.#idle = new IdleClock(state, config.idle);
    this.#changed = state.rows('changed', ['time', 'had']);
    this.#results = new WindowResults({ series, aggregates: config.aggregate, stream });
  }

  next(batch: SampleBatch): SampleBatch {
    const { size } = this.#context.series;
    for (const column of [this.#watermark, this.#sent, this.#revisions]) column.reserve(size);
    this.#idle.reserve(size);
    if (this.#idle.advance(batch)) this.#onTick(batch);
    bySeries(batch, (series, from, to) => this.#onRows(batch, series, { from, to }));
    const { position, tick, horizon, watermarks } = batch;
    return { ...this.#results.take(), position, tick, horizon, watermarks };
  }

  #onTick({ watermarks }: SampleBatch): void {
    const passed = new Map<number, number>();
    watermarks.series.forEach((id, i) => {
      if (!(watermarks.time[i] > this.#watermark.values[id])) return;
      this.#watermark.values[id] = watermarks.time[i];
      passed.set(id, watermarks.time[i] - this.#lateness);
    });
    for (const id of this.#byName(passed.keys())) this.#emitUpTo(id, passed.get(id) ?? 0);
    this.#emitChanged();
    if (!this.#idle.isOn) return;
    const idle: number[] = [];
    for (let id = 0; id < this.#context.series.size; id++) {
      if (this.#recent.greatest(id) > this.#sent.values[id] && this.#idle.isIdle(id)) idle.push(id);
    }
    for (const id of this.#byName(idle)) this.#emitUpTo(id, this.#recent.greatest(id));
  }

  /** The order of ids is another after a restore. */
  #byName(ids: Iterable<number>): number[] {
    const { series } = this.#context;
    return [...ids].sort((a, b) => (series.path(a) < series.path(b) ? -1 : 1));
  }

  #onRows(batch: SampleBatch, id: number, { from, to }: { from: number; to: number }): void {
    let row = from;
    while (row < to) {
      const next = this.#goOn(batch, row, to);
      if (next === row) this.#addOne(batch, row++);
      else row = next;
    }
    this.#idle.see(id);
  }

  /** The fast path: rows from `from` on that have good numbers and rise in time. Returns the row after them. */
  #goOn(batch: SampleBatch, from: number, end: number): number {
    const { series, time, value, quality, horizon } = batch;
    const id = series[from];
    let greatest = this.#recent.greatest(id);
    let to = from;
    for (; to < end; to++) {
      const t = time[to];
      if (!(t > greatest) || t > horizon || quality[to] !== Quality.good || Number.isNaN(value[to])) break;
      greatest = t;
    }
    if (to === from) return from;
    const span = this.#span;
    let next = this.#load(id, this.#sent.values[id] + 1);
    let first = 0;
    for (let i = from; i < to; i++) {
      this.#recent.append(id, time, value, i, i + 1);
      span.push(time[i], value[i], 0);
      const bound = this.#pass(id, time[i]);
      for (; next < span.length && span.time[next] <= bound; next++)
        first = this.#emit(id, { at: next, first, revision: 0 });
      this.#sent.values[id] = Math.max(this.#sent.values[id], bound);
    }
    return to;
  }

  /** Any row: late, unordered, repeated, a correction, or without a good number. */
  #addOne(batch: SampleBatch, at: number): void {
    const id = batch.series[at];
    const time = batch.time[at];
    if (time > batch.horizon) return this.#context.count('window: beyond horizon', 1);
    const bound = this.#pass(id, time);
    const value = numberAt(this.#context, batch, at);
    if (time + this.#lateness + this.#revisable < this.#watermark.values[id]) {
      return this.#context.count('window: late', 1);
    }
    const isSent = time <= this.#sent.values[id];
    if (isSent && this.#changed.size >= MAX_CHANGES) return this.#context.count('window: late', 1);
    const before = isSent ? this.#remembered(id, time) : Number.NaN;
    const outcome = this.#recent.add(id, time, value);
    const isUncertain = !Number.isNaN(value) && batch.quality[at] === Quality.uncertain;
    const isMarked = outcome !== 'older' && this.#marks.set(id, time, isUncertain ? 1 : 0);
    if (outcome === 'older') return this.#context.count('window: late', 1);
    const isRepeat = outcome === 'repeat' && !isMarked;
    if (isSent && !isRepeat && !(Number.isNaN(value) && Number.isNaN(before))) {
      const change = this.#changed.add(id);
      this.#changed.columns.time[change] = time;
      this.#changed.columns.had[change] = Number.isNaN(before) ? 0 : 1;
    }
    this.#emitUpTo(id, bound);
  }

  /** Event time of a series has come to `time`. Returns up to which one windows are due. */
  #pass(id: number, time: number): number {
    if (time > this.#watermark.values[id]) this.#watermark.values[id] = time;
    return this.#watermark.values[id] - this.#lateness;
  }

  #emitUpTo(id: number, bound: number): void {
    if (!(bound > this.#sent.values[id])) return;
    const at = this.#load(id, this.#sent.values[id] + 1, bound);
    this.#sent.values[id] = bound;
    this.#emitFrom(id, at, 0);
  }

  /** Changes of a tick go by series, in the order of their first change. */
  #emitChanged(): void {
    const changes = new Map<number, Map<number, boolean>>();
    const { owner, columns } = this.#changed;
    for (const change of this.#changed) {
      const times = changes.get(owner[change]) ?? new Map<number, boolean>();
      const time = columns.time[change];
      changes.set(owner[change], times.set(time, columns.had[change] === 1 || times.get(time) === true));
      this.#changed.remove(change);
    }
    for (const [id, times] of changes) {
      const revision = ++this.#revisions.values[id];
      let done = Number.NEGATIVE_INFINITY;
      for (const [time, had] of [...times].sort(([a], [b]) => a - b)) {
        if (had && Number.isNaN(this.#remembered(id, time))) this.#takeBack(id, time, revision);
        const last = Math.min(time + this.#size - 1, this.#sent.values[id]);
        const at = this.#load(id, Math.max(time, done), last);
        this.#emitFrom(id, at, revision);
        done = last + 1;
      }
    }
  }

  #takeBack(series: number, time: number, revision: number): void {
    this.#results.add({ series, time, found: () => undefined, uncertain: false, revision });
  }

  #emitFrom(id: number, place: number, revision: number): void {
    let first = 0;
    for (let at = place; at < this.#span.length; at++) first = this.#emit(id, { at, first, revision });
  }

  /** Emits the window of the sample at a place of the span. Its first sample, which is returned, is not before the place `first`. */
  #emit(series: number, { at, first, revision }: { at: number; first: number; revision: number }): number {
    const span = this.#span;
    const time = span.time[at];
    let from = first;
    while (span.time[from] <= time - this.#size) from++;
    const begin = from;
    if (this.#recent.reaches(series, time - this.#size + 1)) {
      const uncertain = span.isUncertain(begin, at + 1);
      const found = (aggregate: Aggregate) => span.found(aggregate, begin, at + 1);
      this.#results.add({ series, time, found, uncertain, revision });
    } else this.#context.count('window: not all remembered', 1);
    return from;
  }

  /** Loads what the windows of the samples in [from, to] are made of. Returns the place of the first of those. */
  #load(id: number, from: number, to = Number.POSITIVE_INFINITY): number {
    const begin = from - this.#size + 1;
    const markOf = this.#marks.of(id, begin, to + 1);
    this.#span.clear();
    let first = 0;
    this.#recent.visit(id, begin, to + 1, (time, value) => {
      if (Number.isNaN(value)) return;
      if (time < from) first++;
      this.#span.push(time, value, markOf(time));
    });
    return first;
  }

  #remembered(series: number, time: number): number {
    let remembered = Number.NaN;
    // Times are whole: nothing else is in [time, time + 1).
    this.#recent.visit(series, time, time + 1, (_, value) => {
      remembered = value;
    });
    return remembered;
  }
}
