import { Quality } from '@sluis/protocol';
import type { SampleRows } from './ascending-samples.ts';

/** A sample that a chart shows. */
export interface ChartRow {
  readonly time: number;
  readonly value: number;
  readonly quality: number;
  /** Of a value that is no double. */
  readonly exact: bigint | string | boolean | undefined;
}

/** Of each pixel column: first, least, greatest, last. */
export const ROWS_PER_COLUMN = 4;

interface Column {
  readonly number: number;
  first: ChartRow;
  last: ChartRow;
  min: ChartRow | undefined;
  max: ChartRow | undefined;
}

/**
 * Of each pixel column of a chart the first, the least, the greatest and the last sample, in order of time: a line
 * through these colours the same pixels as one through all samples, so that a spike of a single sample is never lost.
 * This is M4 of Jugel, Jerzak, Hackenbroich and Markl, "M4: A Visualization-Oriented Time Series Data Aggregation",
 * VLDB 2014.
 *
 * A sample of bad quality, or without a finite number, breaks a line. Such a one is never the least or the greatest, but
 * may be the first or the last: so what comes between columns breaks where it would with all samples.
 */
export class PixelColumns {
  readonly #from: number;
  readonly #scale: number;
  readonly #pixels: number;
  #column: Column | undefined;

  /** Times in µs, from inclusive, to exclusive. */
  constructor({ from, to, pixels }: { from: number; to: number; pixels: number }) {
    this.#from = from;
    this.#scale = pixels / (to - from);
    this.#pixels = pixels;
  }

  /** Takes samples that come in order of time; returns those of columns that are done. */
  add(rows: SampleRows): ChartRow[] {
    const done: ChartRow[] = [];
    const { length, time } = rows;
    for (let start = 0, end = 0; start < length; start = end) {
      const number = this.#columnOf(time[start]);
      // Usually a column goes on to the end of what there is, and rarely it has but a few samples.
      if (this.#columnOf(time[length - 1]) === number) end = length;
      else while (this.#columnOf(time[end]) === number) end++;
      if (this.#column?.number !== number) done.push(...this.end());
      this.#addRun(number, rows, start, end);
    }
    return done;
  }

  /** What the last column shows. */
  end(): ChartRow[] {
    if (!this.#column) return [];
    const { first, last, min, max } = this.#column;
    this.#column = undefined;
    const shown = new Map<number, ChartRow>();
    for (const row of [first, min, max, last]) if (row) shown.set(row.time, row);
    return [...shown.values()].sort((a, b) => a.time - b.time);
  }

  #columnOf(time: number): number {
    // A double: where times are too large for it to be exact, a pixel is longer than what is rounded.
    return Math.min(this.#pixels - 1, Math.floor((time - this.#from) * this.#scale));
  }

  #addRun(number: number, rows: SampleRows, start: number, end: number): void {
    const { value, quality } = rows;
    let least = Infinity;
    let greatest = -Infinity;
    let [min, max] = [-1, -1];
    for (let row = start; row < end; row++) {
      const v = value[row];
      if (quality[row] === Quality.bad || !Number.isFinite(v)) continue;
      if (v < least) {
        least = v;
        min = row;
      }
      if (v > greatest) {
        greatest = v;
        max = row;
      }
    }
    const last = rowOf(rows, end - 1);
    this.#column ??= { number, first: rowOf(rows, start), last, min: undefined, max: undefined };
    const column = this.#column;
    column.last = last;
    if (min >= 0 && !(column.min && column.min.value <= least)) column.min = rowOf(rows, min);
    if (max >= 0 && !(column.max && column.max.value >= greatest)) column.max = rowOf(rows, max);
  }
}

export function rowOf(rows: SampleRows, row: number): ChartRow {
  return { time: rows.time[row], value: rows.value[row], quality: rows.quality[row], exact: rows.exact?.[row] };
}
