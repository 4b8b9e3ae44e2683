import { bySeries, type Columns } from '@sluis/plugin-sdk';

/**
 * Folds rows in order: `many` folds as many of rows[from..to), which are of one series, as it has a fast way for, and says where it
 * came to; where it came nowhere, `one` folds the next row, whatever it is.
 */
export function foldRuns(
  rows: Columns,
  many: (series: number, from: number, to: number) => number,
  one: (series: number, row: number) => void,
): void {
  bySeries(rows, (series, from, to) => {
    while (from < to) {
      const next = many(series, from, to);
      if (next > from) from = next;
      else one(series, from++);
    }
  });
}
