import { type Columns, decodeSegment, SegmentError, takeRows } from '@sluis/protocol';
import { uniqueRows } from './unique-rows.ts';

/** A segment as it is kept for the file that its rows go to: a row takes a byte or three in it, and twenty-one unpacked. */
export interface HotSegment {
  readonly bytes: Uint8Array;
  /** By the epoch's id of a series, the hub's; 0 where it keeps none. What is known already never changes. */
  readonly map: ArrayLike<number>;
  /** See `ord` of a hot table: the same for all its rows. */
  readonly ord: bigint;
}

/**
 * The rows of a segment that count, each identity once, in memory of their own; `series` are the hub's ids, each in one
 * run, though not in the order of these.
 * @returns undefined for one that has rotted, of which `damaged` is told why
 */
export function hubRowsOf(
  { bytes, map }: Pick<HotSegment, 'bytes' | 'map'>,
  damaged?: (error: SegmentError) => void,
): Columns | undefined {
  try {
    const rows = keptRows(uniqueRows(decodeSegment(bytes)), map);
    const { series, length } = rows;
    for (let start = 0, end = 0; start < length; start = end) {
      const id = series[start];
      while (end < length && series[end] === id) end++;
      series.fill(map[id], start, end);
    }
    return rows;
  } catch (error) {
    if (!(error instanceof SegmentError)) throw error;
    damaged?.(error);
    return undefined;
  }
}

/** Rows of series that the hub keeps: nearly always all. */
function keptRows(columns: Columns, map: ArrayLike<number>): Columns {
  const { length, series } = columns;
  let lost = false;
  for (let row = 0; row < length && !lost; row++) lost = map[series[row]] === 0;
  if (!lost) return columns;
  const kept = new Uint32Array(length);
  let count = 0;
  for (let row = 0; row < length; row++) if (map[series[row]] !== 0) kept[count++] = row;
  return takeRows(columns, kept, count);
}
