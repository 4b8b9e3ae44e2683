import type { Log } from '@sluis/plugin-sdk';
import { BatchBuilder, type Columns, type SeriesTable } from '@sluis/protocol';

const silent = (): void => undefined;
export const silentLog: Log = { debug: silent, info: silent, warn: silent, error: silent };

export interface Result {
  readonly series: string;
  readonly time: number;
  readonly value: number;
  readonly quality: number;
  readonly revision: number;
}

export function resultsOf(batch: Columns, series: SeriesTable): Result[] {
  return Array.from({ length: batch.length }, (_, row) => ({
    series: series.path(batch.series[row]),
    time: batch.time[row],
    value: batch.value[row],
    quality: batch.quality[row],
    revision: batch.revision?.[row] ?? 0,
  }));
}

/** Rows of doubles from `[series, time, value, quality?]`. */
export function doubles(rows: readonly (readonly [number, number, number, number?])[]): Columns {
  const builder = new BatchBuilder();
  for (const [series, time, value, quality] of rows) builder.double(series, time, value, quality);
  return builder.take();
}
