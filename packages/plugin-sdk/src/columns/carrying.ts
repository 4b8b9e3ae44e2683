import type { Columns, SampleBatch } from '@sluis/protocol';

/** Rows that a batch has led to, with what it carries beside its own: position, tick, horizon, watermarks and lane. */
export function carrying({ position, tick, horizon, watermarks, lane }: SampleBatch, rows: Columns): SampleBatch {
  const carried = { ...rows, position, tick, horizon, watermarks };
  return lane === undefined ? carried : { ...carried, lane };
}
