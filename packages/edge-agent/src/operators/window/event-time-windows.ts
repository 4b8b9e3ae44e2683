import {
  type OperatorContext,
  type RecentSamples,
  type RowTable,
  type SampleBatch,
  type SeriesColumn,
  type Watermarks,
} from '@sluis/plugin-sdk';
import { revisableOf, type WindowConfig } from './config.ts';
import { IdleClock } from './idle-clock.ts';
import { Marks } from './marks.ts';
import { type Found, WindowResults } from './results.ts';
import { UNCERTAIN } from './states.ts';
import { NONE, type windowFields, Windows } from './windows.ts';

/**
 * Samples remembered over all series, to put late, repeated and corrected ones in their place: at 10,000 a second the last
 * 26 s. 4 MiB for each window step.
 */
const REMEMBERED_SAMPLES = 2 ** 18;
/** Windows held at once, open ones and those that may still be revised: about 150 bytes each. */
export const MAX_WINDOWS = 2 ** 18;

const UNKNOWN = -1;

/**
 * What windows have in common that are held as rows, of whatever kind: when they close, and that a closed one which changes
 * is emitted again, at most once per tick. Which samples are in a window, a kind says.
 */
export abstract class EventTimeWindows {
  protected readonly context: OperatorContext<WindowConfig>;
  protected readonly windows: Windows;
  protected readonly recent: RecentSamples;
  /** Of the samples that are remembered: at least which are uncertain. */
  protected readonly marks: Marks;
  /** How far event time of each series has come. */
  protected readonly watermark: SeriesColumn;
  /** No open window of the series closes before event time has come to this. */
  protected readonly due: SeriesColumn;
  protected readonly idle: IdleClock;
  readonly #lateness: number;
  readonly #revisable: number;
  /** Closed windows that changed since the last tick, in order of the change. */
  readonly #changed: RowTable<'start'>;
  readonly #results: WindowResults;
  /** How many windows of each series are open, where that was counted. What follows from the table is no state. */
  #openCounts = new Int32Array(64).fill(UNKNOWN);

  constructor(context: OperatorContext<WindowConfig>, table: RowTable<(typeof windowFields)[number]>) {
    const { config, state, series, stream } = context;
    this.context = context;
    this.#lateness = config.lateness;
    this.#revisable = revisableOf(config);
    this.windows = new Windows(context, table);
    this.recent = state.recent('recent', { budget: REMEMBERED_SAMPLES });
    this.marks = new Marks(state, REMEMBERED_SAMPLES);
    this.watermark = state.float64('watermark', Number.NEGATIVE_INFINITY);
    this.due = state.float64('due', Number.POSITIVE_INFINITY);
    this.idle = new IdleClock(state, config.idle);
    this.#changed = state.rows('changed', ['start']);
    this.#results = new WindowResults({ series, aggregates: config.aggregate, stream });
  }

  next(batch: SampleBatch): SampleBatch {
    this.reserve(this.context.series.size);
    if (this.idle.advance(batch)) this.#onTick(batch);
    if (batch.length > 0) this.#onRows(batch);
    const { position, tick, horizon, watermarks } = batch;
    return { ...this.#results.take(), position, tick, horizon, watermarks };
  }

  /** Event time at which a window is over, before any lateness; Infinity while only samples to come can end it. */
  protected abstract endOf(row: number): number;

  /** Samples of the series with a time from the window's start until this are the window's. */
  protected abstract rangeEndOf(row: number): number;

  /**
   * The fast path: folds rows from `from` on that have numbers and rise in time, into a window that is open. Returns the row after
   * them; `from` if that row needs {@link foldOne}. `greatest` is the greatest time remembered of the series.
   */
  protected abstract foldRising(batch: SampleBatch, from: number, end: number, greatest: number): number;

  /** Any row: late, unordered, repeated, a correction, or without a number. */
  protected abstract foldOne(batch: SampleBatch, at: number): void;

  protected reserve(series: number): void {
    if (series >= this.#openCounts.length) {
      const grown = new Int32Array(2 ** Math.ceil(Math.log2(series + 1))).fill(UNKNOWN);
      grown.set(this.#openCounts);
      this.#openCounts = grown;
    }
    this.watermark.reserve(series);
    this.due.reserve(series);
    this.idle.reserve(series);
  }

  protected found(row: number): Found {
    const until = this.rangeEndOf(row);
    return (aggregate) => this.windows.found(row, aggregate, until);
  }

  /** From what is remembered, which must be all of it. */
  protected refold(row: number): void {
    const series = this.windows.table.owner[row];
    const from = this.windows.table.columns.start[row];
    const to = this.rangeEndOf(row);
    const markOf = this.marks.of(series, from, to);
    this.windows.refold(row, (fold) =>
      this.recent.visit(series, from, to, (time, value) => fold({ time, value, uncertain: markOf(time) & UNCERTAIN })),
    );
  }

  /** Event time of a series has come to `time`. */
  protected advance(series: number, time: number): void {
    if (!(time > this.watermark.values[series])) return;
    this.watermark.values[series] = time;
    if (time >= this.due.values[series]) this.closeOver(series);
  }

  /** Closes what is over, and forgets what can no longer be revised. */
  protected closeOver(series: number): void {
    const { start } = this.windows.table.columns;
    const over = this.#openOf(series).filter((row) => this.isOver(row));
    if (over.length === 0) this.setDue(series);
    for (const row of over.sort((a, b) => start[a] - start[b])) this.close(row);
    this.forget(series);
  }

  protected forget(series: number): void {
    const { table } = this.windows;
    const rows = table.of(series);
    for (let i = rows.length - 1; i >= 0; i--) {
      const { closed, dirty } = table.columns;
      const row = rows[i];
      if (closed[row] === 1 && dirty[row] === 0 && this.isFinal(series, this.endOf(row))) this.windows.remove(row);
    }
  }

  protected open(series: number, start: number): number {
    if (this.windows.table.size >= MAX_WINDOWS) this.forgetOldest();
    if (this.#openCounts[series] !== UNKNOWN) this.#openCounts[series]++;
    return this.windows.open(series, start);
  }

  /** To be called where windows of a series are opened, closed or removed by other ways than those of this class. */
  protected countAgain(series: number): void {
    this.#openCounts[series] = UNKNOWN;
  }

  /** True if a window that is open is the series' only one that is. */
  protected isOnlyOpen(series: number): boolean {
    return this.#openCounts[series] === 1;
  }

  /** The series' open windows, of which most are among those that were opened last. */
  #openOf(series: number): number[] {
    if (this.#openCounts[series] === 0) return [];
    const { closed } = this.windows.table.columns;
    const rows = this.windows.table.of(series);
    const open: number[] = [];
    const count = this.#openCounts[series] === UNKNOWN ? rows.length : this.#openCounts[series];
    for (let i = rows.length - 1; i >= 0 && open.length < count; i--) if (closed[rows[i]] === 0) open.push(rows[i]);
    this.#openCounts[series] = open.length;
    return open;
  }

  /** For a window that may be over already: then it is closed, and it is for the next tick to emit it. */
  protected wait(series: number, row: number): void {
    if (this.isOver(row)) this.#setClosed(series, row);
    else this.keepDue(series, row);
  }

  protected keepDue(series: number, row: number): void {
    this.due.values[series] = Math.min(this.due.values[series], this.endOf(row) + this.#lateness);
  }

  protected setDue(series: number): void {
    let due = Number.POSITIVE_INFINITY;
    for (const row of this.#openOf(series)) due = Math.min(due, this.endOf(row) + this.#lateness);
    this.due.values[series] = due;
  }

  /** A closed window is emitted again with the next tick. */
  protected change(row: number): void {
    const { columns, owner } = this.windows.table;
    if (columns.closed[row] === 0 || columns.dirty[row] === 1) return;
    columns.dirty[row] = 1;
    // Before its columns are looked at, for a new row may replace them.
    const change = this.#changed.add(owner[row]);
    this.#changed.columns.start[change] = columns.start[row];
  }

  protected isOver(row: number): boolean {
    return this.endOf(row) + this.#lateness <= this.watermark.values[this.windows.table.owner[row]];
  }

  /** Closed for so long that it is revised no more. */
  protected isFinal(series: number, end: number): boolean {
    return end + this.#lateness + this.#revisable < this.watermark.values[series];
  }

  #onTick({ watermarks }: SampleBatch): void {
    this.#advanceAll(watermarks);
    const { dirty } = this.windows.table.columns;
    for (const change of this.#changed) {
      const row = this.windows.find(this.#changed.owner[change], this.#changed.columns.start[change]);
      if (row !== NONE && dirty[row] === 1) this.#emit(row);
      this.#changed.remove(change);
    }
    if (this.idle.isOn) this.#closeIdle();
  }

  /** Windows close in the order in which the first of their series was opened: that of ids is another after a restore. */
  #advanceAll({ series, time }: Watermarks): void {
    const due = new Map<number, number>();
    for (let i = 0; i < series.length; i++) {
      if (time[i] < this.due.values[series[i]]) this.advance(series[i], time[i]);
      else due.set(series[i], time[i]);
    }
    if (due.size === 0) return;
    const { table } = this.windows;
    const ordered = new Set<number>();
    for (const row of table) {
      if (due.has(table.owner[row])) ordered.add(table.owner[row]);
      if (ordered.size === due.size) break;
    }
    for (const id of ordered) this.advance(id, due.get(id) ?? Number.NEGATIVE_INFINITY);
  }

  #closeIdle(): void {
    const { table } = this.windows;
    for (const row of table) {
      if (table.columns.closed[row] === 1) continue;
      if (this.idle.isIdle(table.owner[row])) this.close(row);
    }
  }

  #onRows(batch: SampleBatch): void {
    const { series, time, length } = batch;
    let row = 0;
    while (row < length) {
      const id = series[row];
      let end = row + 1;
      while (end < length && series[end] === id) end++;
      let greatest = this.recent.greatest(id);
      while (row < end) {
        const next = this.foldRising(batch, row, end, greatest);
        if (next > row) {
          greatest = time[next - 1];
          row = next;
        } else {
          this.foldOne(batch, row++);
          greatest = this.recent.greatest(id);
        }
      }
    }
  }

  protected forgetOldest(): void {
    const { table } = this.windows;
    for (const row of table) {
      if (table.columns.closed[row] === 0) {
        this.context.count('window: closed early', 1);
        this.close(row);
      } else if (table.columns.dirty[row] === 1) {
        this.#emit(row);
      }
      this.discard(row);
      return;
    }
  }

  /** Nothing is known of the window from now on. */
  protected discard(row: number): void {
    this.windows.remove(row);
  }

  protected close(row: number): void {
    const series = this.windows.table.owner[row];
    this.#setClosed(series, row);
    this.setDue(series);
    this.#emit(row);
  }

  #setClosed(series: number, row: number): void {
    this.windows.table.columns.closed[row] = 1;
    if (this.#openCounts[series] !== UNKNOWN) this.#openCounts[series]--;
  }

  #emit(row: number): void {
    const { table } = this.windows;
    const { start, emissions, dirty, uncertain, stale } = table.columns;
    const series = table.owner[row];
    if (stale[row] !== 0) {
      if (this.recent.reaches(series, start[row])) {
        this.refold(row);
      } else if (stale[row] === 2) {
        this.context.count('window: correction not exact', 1);
      }
    }
    dirty[row] = 0;
    if (!this.isTold(row)) return;
    const revision = emissions[row]++;
    this.#results.add({
      series,
      time: start[row],
      found: this.found(row),
      uncertain: uncertain[row] > 0,
      revision,
    });
  }

  /** False for a window of which nobody needs to hear. */
  protected isTold(row: number): boolean {
    const { count, emissions } = this.windows.table.columns;
    return count[row] > 0 || emissions[row] > 0;
  }
}
