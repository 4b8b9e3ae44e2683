import type { Columns } from '../batch.ts';
import { groupBySeries } from './group.ts';
import { MAX_SEGMENT_SAMPLES } from './layout.ts';

/** The rows of all chunks as {@link groupBySeries} orders them, cut into pieces of a segment's length at most. Pieces share memory. */
export function cutIntoSegments(chunks: readonly Columns[]): Columns[] {
  const rows = groupBySeries(chunks);
  if (rows.length <= MAX_SEGMENT_SAMPLES) return rows.length === 0 ? [] : [rows];
  const pieces: Columns[] = [];
  for (let from = 0; from < rows.length; from += MAX_SEGMENT_SAMPLES) {
    pieces.push(sliceRows(rows, from, Math.min(from + MAX_SEGMENT_SAMPLES, rows.length)));
  }
  return pieces;
}

function sliceRows(rows: Columns, from: number, to: number): Columns {
  const { series, time, value, quality, kind, integer, text, texts, revision } = rows;
  return {
    length: to - from,
    series: series.subarray(from, to),
    time: time.subarray(from, to),
    value: value.subarray(from, to),
    quality: quality.subarray(from, to),
    ...(kind && { kind: kind.subarray(from, to) }),
    ...(integer && { integer: integer.subarray(from, to) }),
    ...(text && { text: text.subarray(from, to), texts }),
    ...(revision && { revision: revision.subarray(from, to) }),
  };
}
