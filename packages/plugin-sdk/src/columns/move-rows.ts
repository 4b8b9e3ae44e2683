import { type SampleBatch, takeRows, type Watermarks } from '@sluis/protocol';

/** Returned for a series whose rows go nowhere. */
export const NOWHERE = -1;

/**
 * The batch with its rows in other series, and its watermarks with them: `to` gives a series' new id, a function of its name, or
 * {@link NOWHERE} for one whose rows are left out. The very batch if all stay. Where several series become one, it has come as
 * far as the furthest of them.
 */
export function moveRows(batch: SampleBatch, to: (series: number) => number): SampleBatch {
  const { length, series } = batch;
  let moved: Uint32Array<ArrayBuffer> | undefined;
  let kept: number[] | undefined;
  let row = 0;
  while (row < length) {
    const own = series[row];
    const target = to(own);
    let end = row + 1;
    while (end < length && series[end] === own) end++;
    if (target === NOWHERE) kept ??= Array.from({ length: row }, (_, i) => i);
    else {
      if (target !== own) moved ??= series.slice();
      moved?.fill(target, row, end);
      if (kept) for (let i = row; i < end; i++) kept.push(i);
    }
    row = end;
  }
  const watermarks = moveWatermarks(batch.watermarks, to);
  if (!moved && !kept && watermarks === batch.watermarks) return batch;
  const rows = { ...batch, ...(moved && { series: moved }), watermarks };
  return kept ? takeRows(rows, Uint32Array.from(kept), kept.length) : rows;
}

function moveWatermarks(watermarks: Watermarks, to: (series: number) => number): Watermarks {
  const { series, time } = watermarks;
  if (series.every((id) => to(id) === id)) return watermarks;
  const furthest = new Map<number, number>();
  series.forEach((id, i) => {
    const target = to(id);
    if (target !== NOWHERE) furthest.set(target, Math.max(time[i], furthest.get(target) ?? Number.NEGATIVE_INFINITY));
  });
  return { series: Uint32Array.from(furthest.keys()), time: Float64Array.from(furthest.values()) };
}
