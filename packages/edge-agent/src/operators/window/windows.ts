import type { Columns, Histograms, OperatorContext, RowTable } from '@sluis/plugin-sdk';
import { type Aggregate, quantileOf, type WindowConfig } from './config.ts';
import { binOf, quantile } from './quantiles.ts';

export const windowFields = [
  'start',
  'count',
  'sum',
  /**
   * For the spread: the first value that was folded, the mean of what all values differ from it, and the sum of the squares of what
   * those differ from that. The values themselves may be large and differ little: of their squares nothing would be left.
   */
  'origin',
  'mean',
  'm2',
  'min',
  'max',
  'first',
  'last',
  'firstTime',
  'lastTime',
  /** Sum of each value times the time to the next one. */
  'area',
  /** How many of its samples are of uncertain quality. */
  'uncertain',
  /** 1 once time has passed its end. */
  'closed',
  /** How many times its results were emitted. */
  'emissions',
  /** 1 while a change waits for the next tick. */
  'dirty',
  /** 1: a sample was not folded in order of time; 2: nor can that be made up for without the samples. */
  'stale',
] as const;

/** What windows are made of. */
export interface Folded {
  readonly time: number;
  readonly value: number;
  /** 1 if the quality is uncertain, otherwise 0. */
  readonly uncertain: number;
}

/** 0 of -0: both are equal, and which of them came first must not show in a least or greatest value. */
export function withoutSign(value: number): number {
  return value + 0;
}

/** No such window. */
export const NONE = -1;
const SECOND = 1_000_000;

type Table = RowTable<(typeof windowFields)[number]>;

/** The windows that are open or may still be revised, and the folding of samples into them. */
export class Windows {
  readonly table: Table;
  readonly #context: Pick<OperatorContext<WindowConfig>, 'count'>;
  /** What costs extra and is folded only if some aggregate is made of it. */
  readonly spread: boolean;
  readonly #area: boolean;
  readonly sketches: Histograms | undefined;
  /** The row last found of each series: a shortcut, checked before use. */
  #latest = new Int32Array(64).fill(NONE);

  /** `sketches` is the name under which the state has those, if any. */
  constructor(context: OperatorContext<WindowConfig>, table: Table, sketches = 'sketches') {
    const { aggregate } = context.config;
    this.#context = context;
    this.table = table;
    this.spread = aggregate.includes('stddev');
    this.#area = aggregate.includes('timeWeightedMean');
    const isSketched = aggregate.some((one) => quantileOf(one) !== undefined);
    this.sketches = isSketched ? context.state.histograms(sketches) : undefined;
  }

  /** True if {@link foldRest} has something to do. */
  get hasRest(): boolean {
    return this.#area || this.sketches !== undefined;
  }

  /** How stale a window is that had a sample folded in another order than that of time. */
  get unordered(): 1 | 2 {
    return this.#area ? 2 : 1;
  }

  find(series: number, start: number): number {
    const { start: starts } = this.table.columns;
    if (series < this.#latest.length) {
      const latest = this.#latest[series];
      if (latest !== NONE && this.table.owner[latest] === series && starts[latest] === start) return latest;
    }
    const rows = this.table.of(series);
    for (let i = rows.length - 1; i >= 0; i--) {
      if (starts[rows[i]] !== start) continue;
      this.#remember(series, rows[i]);
      return rows[i];
    }
    return NONE;
  }

  open(series: number, start: number): number {
    const row = this.table.add(series);
    this.table.columns.start[row] = start;
    this.clear(row);
    this.#remember(series, row);
    return row;
  }

  remove(row: number): void {
    const { start } = this.table.columns;
    this.sketches?.remove(this.table.owner[row], start[row]);
    // No window starts at NaN: a shortcut to this row is refused by its check.
    start[row] = Number.NaN;
    this.table.remove(row);
  }

  /** Folds a sample, `uncertain` 1 if its quality is that: the same operations as those on rows, in order. */
  fold(row: number, { time, value, uncertain }: Folded): void {
    const c = this.table.columns;
    c.uncertain[row] += uncertain;
    if (this.#area && time > c.lastTime[row] && c.count[row] > 0) {
      c.area[row] += c.last[row] * (time - c.lastTime[row]);
    }
    const n = ++c.count[row];
    c.sum[row] += value;
    if (this.spread) {
      if (n === 1) c.origin[row] = value;
      const offset = value - c.origin[row];
      const delta = offset - c.mean[row];
      c.mean[row] += delta / n;
      c.m2[row] += delta * (offset - c.mean[row]);
    }
    if (value < c.min[row]) c.min[row] = value;
    if (value > c.max[row]) c.max[row] = value;
    if (time < c.firstTime[row]) {
      c.firstTime[row] = time;
      c.first[row] = value;
    }
    if (time > c.lastTime[row]) {
      c.lastTime[row] = time;
      c.last[row] = value;
    }
    if (this.sketches) this.#sketch(row, value, 1);
  }

  /** Folds rows[from..to) that rise in time, are later than all that the window has, and have numbers of no bad quality. */
  foldRows(row: number, rows: Columns, from: number, to: number): void {
    const c = this.table.columns;
    if (this.hasRest) this.foldRest(row, rows, { from, to, last: c.last[row], lastTime: c.lastTime[row] });
    const { time, value, quality } = rows;
    let count = c.count[row];
    let sum = c.sum[row];
    let mean = this.spread ? c.mean[row] : 0;
    let m2 = this.spread ? c.m2[row] : 0;
    let min = c.min[row];
    let max = c.max[row];
    let uncertain = 0;
    if (count === 0) {
      c.origin[row] = value[from];
      c.first[row] = value[from];
      c.firstTime[row] = time[from];
    }
    const origin = this.spread ? c.origin[row] : 0;
    for (let i = from; i < to; i++) {
      const v = value[i];
      count++;
      sum += v;
      if (this.spread) {
        const delta = v - origin - mean;
        mean += delta / count;
        m2 += delta * (v - origin - mean);
      }
      if (v < min) min = v;
      if (v > max) max = v;
      // Good is 0 and uncertain 1.
      uncertain += quality[i];
    }
    c.count[row] = count;
    c.sum[row] = sum;
    if (this.spread) {
      c.mean[row] = mean;
      c.m2[row] = m2;
    }
    c.min[row] = min;
    c.max[row] = max;
    c.last[row] = value[to - 1];
    c.lastTime[row] = time[to - 1];
    if (uncertain > 0) c.uncertain[row] += uncertain;
  }

  /** Folds rows into what is folded only if some aggregate is made of it; `last` and `lastTime` are those before them. */
  foldRest(
    row: number,
    { time, value }: Columns,
    { from, to, last, lastTime }: { from: number; to: number; last: number; lastTime: number },
  ): void {
    if (this.#area) {
      const { area } = this.table.columns;
      let sum = area[row];
      let v = last;
      let t = lastTime;
      for (let i = from; i < to; i++) {
        if (t !== Number.NEGATIVE_INFINITY) sum += v * (time[i] - t);
        v = value[i];
        t = time[i];
      }
      area[row] = sum;
    }
    if (this.sketches) {
      const sketch = this.sketches.of(this.table.owner[row], this.table.columns.start[row]);
      let left = 0;
      for (let i = from; i < to; i++) if (!sketch.add(binOf(value[i]), 1)) left++;
      if (left > 0) this.#context.count('window: quantile not exact', left);
    }
  }

  /** Folds what another window has, all of which is later than what this one has. */
  append(row: number, { table, sketches }: Pick<Windows, 'table' | 'sketches'>, from: number): void {
    const c = this.table.columns;
    const other = table.columns;
    const n = c.count[row];
    const added = other.count[from];
    if (n === 0) {
      c.origin[row] = other.origin[from];
      c.first[row] = other.first[from];
      c.firstTime[row] = other.firstTime[from];
    }
    if (this.spread) {
      // Both means are of what differs from an origin: it is those origins that differ most where values are large.
      const delta = other.origin[from] - c.origin[row] + other.mean[from] - c.mean[row];
      const share = added / (n + added);
      c.m2[row] += other.m2[from] + delta * delta * n * share;
      c.mean[row] += delta * share;
    }
    if (this.#area) {
      const before = c.lastTime[row];
      if (before !== Number.NEGATIVE_INFINITY) c.area[row] += c.last[row] * (other.firstTime[from] - before);
      c.area[row] += other.area[from];
    }
    c.count[row] = n + added;
    c.sum[row] += other.sum[from];
    if (other.min[from] < c.min[row]) c.min[row] = other.min[from];
    if (other.max[from] > c.max[row]) c.max[row] = other.max[from];
    c.last[row] = other.last[from];
    c.lastTime[row] = other.lastTime[from];
    c.uncertain[row] += other.uncertain[from];
    if (!this.sketches || !sketches) return;
    const sketch = this.sketches.of(this.table.owner[row], c.start[row]);
    let left = 0;
    for (const [bin, count] of sketches.of(table.owner[from], other.start[from]).inOrder()) {
      if (!sketch.add(bin, count)) left += count;
    }
    if (left > 0) this.#context.count('window: quantile not exact', left);
  }

  /** Takes a sample back as well as can be without the others: extremes stay as they are. */
  unfold(row: number, { value, uncertain }: Folded): void {
    const c = this.table.columns;
    const n = --c.count[row];
    c.uncertain[row] -= uncertain;
    c.sum[row] -= value;
    if (this.sketches) this.#sketch(row, value, -1);
    if (!this.spread) return;
    const offset = value - c.origin[row];
    const delta = offset - c.mean[row];
    c.mean[row] = n === 0 ? 0 : c.mean[row] - delta / n;
    c.m2[row] = n === 0 ? 0 : Math.max(0, c.m2[row] - delta * (offset - c.mean[row]));
  }

  /** Folds again, from `samples` in order of time. */
  refold(row: number, samples: (fold: (sample: Folded) => void) => void): void {
    this.clear(row);
    samples((sample) => {
      if (!Number.isNaN(sample.value)) this.fold(row, sample);
    });
  }

  /** `until` is the time to which its last value holds: no earlier than that of the last sample. */
  found(row: number, aggregate: Aggregate, until: number): number | undefined {
    const c = this.table.columns;
    const n = c.count[row];
    if (aggregate === 'count') return n;
    if (aggregate === 'sum') return c.sum[row];
    if (n === 0) return undefined;
    switch (aggregate) {
      case 'mean':
        return c.sum[row] / n;
      case 'timeWeightedMean': {
        const time = until - c.firstTime[row];
        return time > 0 ? (c.area[row] + c.last[row] * (until - c.lastTime[row])) / time : c.last[row];
      }
      case 'min':
        return withoutSign(c.min[row]);
      case 'max':
        return withoutSign(c.max[row]);
      case 'range':
        return c.max[row] - c.min[row];
      case 'first':
        return c.first[row];
      case 'last':
        return c.last[row];
      case 'stddev':
        return n > 1 ? Math.sqrt(c.m2[row] / (n - 1)) : undefined;
      case 'duration':
        return (until - c.firstTime[row]) / SECOND;
      default:
        return this.#quantile(row, aggregate);
    }
  }

  #quantile(row: number, aggregate: Aggregate): number | undefined {
    const { start, min, max } = this.table.columns;
    const sketch = this.sketches?.of(this.table.owner[row], start[row]);
    const value = sketch && quantile(sketch, quantileOf(aggregate) ?? 0);
    return value === undefined ? undefined : withoutSign(Math.min(Math.max(value, min[row]), max[row]));
  }

  #sketch(row: number, value: number, count: 1 | -1): void {
    const sketch = this.sketches?.of(this.table.owner[row], this.table.columns.start[row]);
    if (sketch && !sketch.add(binOf(value), count)) this.#context.count('window: quantile not exact', 1);
  }

  clear(row: number): void {
    const c = this.table.columns;
    c.count[row] = 0;
    c.sum[row] = 0;
    c.mean[row] = 0;
    c.m2[row] = 0;
    c.min[row] = Number.POSITIVE_INFINITY;
    c.max[row] = Number.NEGATIVE_INFINITY;
    c.first[row] = Number.NaN;
    c.last[row] = Number.NaN;
    c.firstTime[row] = Number.POSITIVE_INFINITY;
    c.lastTime[row] = Number.NEGATIVE_INFINITY;
    c.area[row] = 0;
    c.uncertain[row] = 0;
    c.stale[row] = 0;
    this.sketches?.remove(this.table.owner[row], c.start[row]);
  }

  #remember(series: number, row: number): void {
    if (series >= this.#latest.length) {
      const grown = new Int32Array(2 ** Math.ceil(Math.log2(series + 1))).fill(NONE);
      grown.set(this.#latest);
      this.#latest = grown;
    }
    this.#latest[series] = row;
  }
}
