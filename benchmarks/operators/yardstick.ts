import { type Columns, plainColumns } from '@sluis/protocol';
import type { Shape } from './input.ts';

/** What somebody would write who has the columns, needs one thing, and sees rows in order only: it keeps what it needs in arrays. */
export type Loop = (rows: Columns) => Columns;

/** What an operator is measured against: a loop over the same columns that comes to the same results. */
export interface Yardstick {
  /** Unless given, the one by whose name it is known. */
  readonly operator?: string;
  /** Of the operator, as written in a file. */
  readonly config: unknown;
  /** Which samples; unless given, numbers that walk. */
  readonly shape?: Shape;
  /** Path of each series. */
  readonly name?: (series: number) => string;
  /** Path of a series of the loop's results, given that of the input's with the same number; unless given, that. */
  readonly path?: (input: (series: number) => string, series: number) => string;
  /** A loop with its arrays, for so many series, and batches of so many rows. */
  readonly loop: (series: number, rows: number) => Loop;
}

/** Memory for results, which is used again. */
export class Written {
  readonly rows: Columns;
  count = 0;

  constructor(most: number) {
    this.rows = plainColumns(most);
  }

  /** Results of one window of a series, each in a series of its own. */
  addAll(id: number, time: number, results: readonly number[]): void {
    for (let i = 0; i < results.length; i++) {
      this.rows.series[this.count] = id * results.length + i;
      this.rows.time[this.count] = time;
      this.rows.value[this.count] = results[i];
      this.count++;
    }
  }

  /** A copy of what was written; then it is empty. */
  take(): Columns {
    const { series, time, value, quality } = this.rows;
    const { count } = this;
    this.count = 0;
    return {
      length: count,
      series: series.slice(0, count),
      time: time.slice(0, count),
      value: value.slice(0, count),
      quality: quality.slice(0, count),
    };
  }
}

/** The rows of these indexes, which are all doubles. */
export function picked({ series, time, value, quality }: Columns, rows: Uint32Array, count: number): Columns {
  const into = plainColumns(count);
  for (let i = 0; i < count; i++) {
    const row = rows[i];
    into.series[i] = series[row];
    into.time[i] = time[row];
    into.value[i] = value[row];
    into.quality[i] = quality[row];
  }
  return into;
}
