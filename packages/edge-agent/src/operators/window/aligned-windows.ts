import { type OperatorContext, Quality, type SampleBatch } from '@sluis/plugin-sdk';
import { lengthOf, type WindowConfig } from './config.ts';
import { EventTimeWindows } from './event-time-windows.ts';
import { numberAt } from './number-at.ts';
import { UNCERTAIN } from './states.ts';
import { type Folded, NONE, windowFields } from './windows.ts';

/** Tumbling and hopping windows [start, start + size), where a start is a multiple of `every`. */
export class AlignedWindows extends EventTimeWindows {
  readonly #every: number;
  readonly #size: number;
  /** From the first to the last start of the windows that a time may be in. */
  readonly #overlap: number;
  /** Rows of the windows that the samples at hand are in. */
  readonly #rows: number[] = [];

  constructor(context: OperatorContext<WindowConfig>) {
    super(context, context.state.rows('windows', windowFields));
    this.#every = context.config.every ?? 0;
    this.#size = lengthOf(context.config);
    this.#overlap = (Math.ceil(this.#size / this.#every) - 1) * this.#every;
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
    const start = this.#startOf(t);
    const row = this.#overlap === 0 ? this.#openAt(id, start, greatest) : this.#openAll(id, t, greatest);
    if (row === NONE) return from;
    const c = this.windows.table.columns;

    const next = start + this.#every;
    const over = this.#overlap === 0 ? next : Math.min(next, c.start[row] + this.#size);
    const limit = Math.min(over, this.due.values[id], horizon + 1);
    const { spread, hasRest } = this.windows;
    const lastBefore = c.last[row];
    const lastTimeBefore = c.lastTime[row];
    let count = c.count[row];
    let sum = c.sum[row];
    let mean = c.mean[row];
    let m2 = c.m2[row];
    let min = c.min[row];
    let max = c.max[row];
    let uncertain = 0;
    const origin = count === 0 ? (c.origin[row] = v) : c.origin[row];
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
    c.mean[row] = mean;
    c.m2[row] = m2;
    c.min[row] = min;
    c.max[row] = max;
    c.last[row] = last;
    c.lastTime[row] = lastTime;
    c.uncertain[row] += uncertain;
    if (hasRest) this.windows.foldRest(row, batch, { from, to: i, last: lastBefore, lastTime: lastTimeBefore });
    if (this.#overlap > 0) {
      for (const other of this.#rows) if (other !== row) this.windows.foldRows(other, batch, from, i);
    }
    if (lastTime > this.watermark.values[id]) this.watermark.values[id] = lastTime;
    this.idle.see(id);
    this.recent.append(id, time, value, from, i);
    if (uncertain > 0) this.#markRows(batch, from, i);
    return i;
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

  /** The same for all windows that the time is in, of which it returns the first to end: they are {@link #rows}. */
  #openAll(id: number, time: number, greatest: number): number {
    const newest = this.#startOf(time);
    this.#rows.length = 0;
    for (let start = newest - this.#overlap; start <= newest; start += this.#every) {
      if (start + this.#size <= time) continue;
      const row = this.#openAt(id, start, greatest);
      if (row === NONE) return NONE;
      this.#rows.push(row);
    }
    return this.#rows[0];
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
