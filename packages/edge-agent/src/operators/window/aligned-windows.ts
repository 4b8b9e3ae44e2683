import { type OperatorContext, Quality, type SampleBatch } from '@sluis/plugin-sdk';
import { lengthOf, type WindowConfig } from './config.ts';
import { EventTimeWindows } from './event-time-windows.ts';
import { numberAt } from './number-at.ts';
import { UNCERTAIN } from './states.ts';
import { type Folded, NONE, windowFields, Windows } from './windows.ts';

/** Tumbling and hopping windows [start, start + size), where a start is a multiple of `every`. */
export class AlignedWindows extends EventTimeWindows {
  readonly #every: number;
  readonly #size: number;
  /** From the first to the last start of the windows that a time may be in. */
  readonly #overlap: number;
  /**
   * Where windows overlap, of each series at most one pane: what came in order of time since the windows that it is in were last
   * told. All of them are open; whatever looks at them or changes them tells them first. So a sample is folded once, not into each window,
   * and what is told when follows from rows alone, not from batches.
   */
  readonly #panes: Windows | undefined;

  constructor(context: OperatorContext<WindowConfig>) {
    super(context, context.state.rows('windows', windowFields));
    this.#every = context.config.every ?? 0;
    this.#size = lengthOf(context.config);
    this.#overlap = (Math.ceil(this.#size / this.#every) - 1) * this.#every;
    if (this.#overlap > 0)
      this.#panes = new Windows(context, context.state.rows('panes', windowFields), 'pane sketches');
  }

  protected override endOf(row: number): number {
    return this.windows.table.columns.start[row] + this.#size;
  }

  protected override rangeEndOf(row: number): number {
    return this.endOf(row);
  }

  /** Beside what the base says, the rows are in the same windows. */
  protected override foldRising(batch: SampleBatch, from: number, end: number, greatest: number): number {
    const { time, value, quality, horizon } = batch;
    const id = batch.series[from];
    let t = time[from];
    let v = value[from];
    if (!(t > greatest) || t > horizon || quality[from] === Quality.bad || Number.isNaN(v)) return from;
    this.advance(id, t);
    const newest = this.#startOf(t);
    const row = this.#panes ? this.#paneAt(id, { newest, time: t, greatest }) : this.#openAt(id, newest, greatest);
    if (row === NONE) return from;
    const into = this.#panes ?? this.windows;
    const c = into.table.columns;

    const limit = Math.min(this.#paneEnd(newest, t), this.due.values[id], horizon + 1);
    // In many places what counts is how many columns are touched.
    const { spread, hasRest } = into;
    const lastBefore = hasRest ? c.last[row] : 0;
    const lastTimeBefore = hasRest ? c.lastTime[row] : 0;
    let count = c.count[row];
    let sum = c.sum[row];
    let mean = spread ? c.mean[row] : 0;
    let m2 = spread ? c.m2[row] : 0;
    let min = c.min[row];
    let max = c.max[row];
    let uncertain = 0;
    if (count === 0) {
      c.origin[row] = v;
      c.first[row] = v;
      c.firstTime[row] = t;
    }
    const origin = spread ? c.origin[row] : 0;
    let i = from;
    let last: number;
    let lastTime: number;
    do {
      count++;
      sum += v;
      if (spread) {
        const delta = v - origin - mean;
        mean += delta / count;
        m2 += delta * (v - origin - mean);
      }
      if (v < min) min = v;
      if (v > max) max = v;
      // Good is 0 and uncertain 1.
      uncertain += quality[i];
      last = v;
      lastTime = t;
      i++;
      if (i === end) break;
      t = time[i];
      v = value[i];
    } while (t > lastTime && t < limit && quality[i] !== Quality.bad && !Number.isNaN(v));

    c.count[row] = count;
    c.sum[row] = sum;
    if (spread) {
      c.mean[row] = mean;
      c.m2[row] = m2;
    }
    c.min[row] = min;
    c.max[row] = max;
    c.last[row] = last;
    c.lastTime[row] = lastTime;
    if (uncertain > 0) c.uncertain[row] += uncertain;
    if (hasRest) into.foldRest(row, batch, { from, to: i, last: lastBefore, lastTime: lastTimeBefore });
    if (lastTime > this.watermark.values[id]) this.watermark.values[id] = lastTime;
    this.idle.see(id);
    this.recent.append(id, time, value, from, i);
    if (uncertain > 0) this.#markRows(batch, from, i);
    return i;
  }

  protected override close(row: number): void {
    this.#tell(this.windows.table.owner[row]);
    super.close(row);
  }

  protected override foldOne(batch: SampleBatch, at: number): void {
    const id = batch.series[at];
    const time = batch.time[at];
    if (time > batch.horizon) return this.context.count('window: beyond horizon', 1);
    this.advance(id, time);
    this.idle.see(id);
    const value = numberAt(this.context, batch, at);
    const newest = this.#startOf(time);
    if (this.isFinal(id, newest + this.#size)) return this.context.count('window: late', 1);

    const before = this.#remembered(id, time);
    const uncertain = !Number.isNaN(value) && batch.quality[at] === Quality.uncertain ? UNCERTAIN : 0;
    const outcome = this.recent.add(id, time, value);
    const isMarked = outcome !== 'older' && this.marks.set(id, time, uncertain);
    if (outcome === 'repeat' && !isMarked) return;
    const sample = { time, value, uncertain, before, outcome };
    this.#tell(id);
    let isLate = false;
    for (let start = newest - this.#overlap; start <= newest; start += this.#every) {
      if (start + this.#size > time && !this.#foldInto(id, start, sample)) isLate = true;
    }
    if (isLate) this.context.count('window: late', 1);
  }

  /** False if the sample is too late for this window. */
  #foldInto(
    id: number,
    start: number,
    sample: Folded & { readonly before: Folded; readonly outcome: string },
  ): boolean {
    const { time, value, uncertain, before, outcome } = sample;
    if (this.isFinal(id, start + this.#size)) return false;
    let row = this.windows.find(id, start);
    const c = this.windows.table.columns;
    // Nobody can tell whether an older one is new, or whether a window that is not held had others: no result is sent in part.
    if (outcome === 'older' && (row === NONE || c.closed[row] === 1)) return false;
    if (row === NONE) {
      if (Number.isNaN(value) && Number.isNaN(before.value)) return true;
      if (!this.recent.reaches(id, start)) return false;
      row = this.#open(id, start);
      this.refold(row);
      this.change(row);
      return true;
    }
    if (outcome === 'repeat') {
      const count = c.uncertain[row];
      c.uncertain[row] += uncertain - before.uncertain;
      if (count > 0 !== c.uncertain[row] > 0) this.change(row);
      return true;
    }
    if (!Number.isNaN(before.value)) {
      if (c.count[row] > 0) this.windows.unfold(row, before);
      c.stale[row] = 2;
      if (time === c.firstTime[row]) c.first[row] = value;
      if (time === c.lastTime[row]) c.last[row] = value;
    }
    if (!Number.isNaN(value)) {
      if (!(time > c.lastTime[row])) c.stale[row] = Math.max(c.stale[row], this.windows.unordered);
      this.windows.fold(row, sample);
    }
    if (Number.isNaN(value) && Number.isNaN(before.value)) return true;
    this.change(row);
    return true;
  }

  /** The open window that a time greater than all of the series is in; NONE if it is closed, or was forgotten early with samples in it. */
  #openAt(id: number, start: number, greatest: number): number {
    const row = this.windows.find(id, start);
    if (row !== NONE) return this.windows.table.columns.closed[row] === 1 ? NONE : row;
    if (this.#isClosed(id, start) || greatest >= start || !this.recent.reaches(id, start)) return NONE;
    return this.#open(id, start);
  }

  /** The series' pane that such a time is in; NONE if not all windows that it is in are open. */
  #paneAt(
    id: number,
    { newest, time, greatest }: { readonly newest: number; readonly time: number; readonly greatest: number },
  ): number {
    if (!this.#panes) return NONE;
    const start = this.#paneStart(newest, time);
    const held = this.#panes.find(id, start);
    if (held !== NONE) return held;
    this.#tell(id);
    for (let start = newest - this.#overlap; start <= newest; start += this.#every) {
      if (start + this.#size > time && this.#openAt(id, start, greatest) === NONE) return NONE;
    }
    return this.#panes.open(id, start);
  }

  /** Tells the windows that the series' pane is in what it has, and ends it. */
  #tell(id: number): void {
    const pane = this.#panes?.table.of(id)[0];
    if (!this.#panes || pane === undefined) return;
    const { start: starts } = this.#panes.table.columns;
    const newest = this.#startOf(starts[pane]);
    for (let start = newest - this.#overlap; start <= newest; start += this.#every) {
      const row = start + this.#size > starts[pane] ? this.windows.find(id, start) : NONE;
      // Of those that were forgotten early nobody asks.
      if (row !== NONE) this.windows.append(row, this.#panes, pane);
    }
    this.#panes.remove(pane);
  }

  /** All times of a pane are in the same windows: it begins where one begins or one ends, `newest` being the last that begins. */
  #paneStart(newest: number, time: number): number {
    const ended = newest - this.#overlap + this.#size;
    return time < ended ? newest : ended;
  }

  #paneEnd(newest: number, time: number): number {
    const ends = newest - this.#overlap + this.#size;
    return time < ends ? ends : newest + this.#every;
  }

  #open(series: number, start: number): number {
    const row = this.open(series, start);
    this.wait(series, row);
    return row;
  }

  #markRows({ series, time, quality }: SampleBatch, from: number, to: number): void {
    for (let i = from; i < to; i++) if (quality[i] === Quality.uncertain) this.marks.set(series[i], time[i], UNCERTAIN);
  }

  /** A value of NaN if there is none. */
  #remembered(series: number, time: number): Folded {
    let remembered = Number.NaN;
    // Times are whole: nothing else is in [time, time + 1).
    this.recent.visit(series, time, time + 1, (_, value) => {
      remembered = value;
    });
    return { time, value: remembered, uncertain: this.marks.at(series, time) };
  }

  #startOf(time: number): number {
    const past = time % this.#every;
    return past < 0 ? time - past - this.#every : time - past;
  }

  #isClosed(series: number, start: number): boolean {
    return start + this.#size + this.context.config.lateness <= this.watermark.values[series];
  }
}
