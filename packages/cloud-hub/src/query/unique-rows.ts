import { type Columns, takeRows } from '@sluis/protocol';

/**
 * The rows of a decoded segment without those that lose against another of the same series and time in it: the higher
 * revision wins, then the later in the log. Rows are grouped by series and in the order of the log within one; they
 * keep that order. Nearly always nothing is lost, and the same columns come back.
 */
export function uniqueRows(columns: Columns): Columns {
  const { length, series, time } = columns;
  let ascending = true;
  for (let i = 1; i < length && ascending; i++) ascending = series[i] !== series[i - 1] || time[i] > time[i - 1];
  if (ascending) return columns;

  const kept = new Uint32Array(length);
  let count = 0;
  for (let start = 0, end = 0; start < length; start = end) {
    while (end < length && series[end] === series[start]) end++;
    const winners = new Map<number, number>();
    for (let row = start; row < end; row++) {
      const rival = winners.get(time[row]);
      if (rival === undefined || revision(columns, row) >= revision(columns, rival)) winners.set(time[row], row);
    }
    for (let row = start; row < end; row++) if (winners.get(time[row]) === row) kept[count++] = row;
  }
  return count === length ? columns : takeRows(columns, kept, count);
}

function revision(columns: Columns, row: number): number {
  return columns.revision?.[row] ?? 0;
}
