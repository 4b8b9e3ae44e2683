import type { RowTable, State } from '@sluis/plugin-sdk';
import type { Found } from './results.ts';

const fields = [
  'start',
  'count',
  'sum',
  'mean',
  'm2',
  'min',
  'max',
  'first',
  'last',
  'firstTime',
  'lastTime',
  /** 1 if any sample of uncertain quality fell into it. */
  'uncertain',
  /** 1 once time has passed its end. */
  'closed',
  /** How many times its results were emitted. */
  'emissions',
  /** 1 while a change waits for the next tick. */
  'dirty',
  /** 1: a sample was not folded in order of time; 2: nor can what it replaced be taken back exactly. */
  'stale',
] as const;

/** No such window. */
export const NONE = -1;

/** The windows that are open or may still be revised, and the folding of single samples into them. */
export class Windows {
  readonly table: RowTable<(typeof fields)[number]>;
  readonly #spread: boolean;
  /** The row last found of each series: a shortcut, checked before use. */
  #latest = new Int32Array(64).fill(NONE);

  constructor(state: State, { spread }: { spread: boolean }) {
    this.table = state.rows('windows', fields);
    this.#spread = spread;
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
    this.#clear(row);
    this.#remember(series, row);
    return row;
  }

  remove(row: number): void {
    // No window starts at NaN: a shortcut to this row is refused by its check.
    this.table.columns.start[row] = Number.NaN;
    this.table.remove(row);
  }

  /** Folds a sample that is later than all that the window has: the same operations as the fast path's, in order. */
  fold(row: number, time: number, value: number): void {
    const c = this.table.columns;
    const n = ++c.count[row];
    c.sum[row] += value;
    if (this.#spread) {
      const delta = value - c.mean[row];
      c.mean[row] += delta / n;
      c.m2[row] += delta * (value - c.mean[row]);
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
  }

  /** Takes a value back as well as can be without the samples: extremes stay as they are. */
  unfold(row: number, value: number): void {
    const c = this.table.columns;
    const n = --c.count[row];
    c.sum[row] -= value;
    if (!this.#spread) return;
    const delta = value - c.mean[row];
    c.mean[row] = n === 0 ? 0 : c.mean[row] - delta / n;
    c.m2[row] = n === 0 ? 0 : Math.max(0, c.m2[row] - delta * (value - c.mean[row]));
  }

  /** Folds again, from `samples` in order of time. */
  refold(row: number, samples: (fold: (time: number, value: number) => void) => void): void {
    this.#clear(row);
    samples((time, value) => {
      if (!Number.isNaN(value)) this.fold(row, time, value);
    });
  }

  found(row: number): Found {
    const c = this.table.columns;
    const n = c.count[row];
    const some = n > 0;
    return {
      count: n,
      sum: c.sum[row],
      mean: some ? c.sum[row] / n : undefined,
      min: some ? c.min[row] : undefined,
      max: some ? c.max[row] : undefined,
      first: some ? c.first[row] : undefined,
      last: some ? c.last[row] : undefined,
      stddev: n > 1 ? Math.sqrt(c.m2[row] / (n - 1)) : undefined,
    };
  }

  #clear(row: number): void {
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
    c.stale[row] = 0;
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
