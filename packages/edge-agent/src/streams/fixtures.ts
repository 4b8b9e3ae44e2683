import type { Log } from '@sluis/plugin-sdk';
import { BatchBuilder, type Columns, type SeriesTable } from '@sluis/protocol';
import type { Remote } from '@sluis/runtime';
import type { Timer } from './patience.ts';

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

/** The methods of a part as a message port gives them. */
export function remote<T extends object>(part: T): Remote<T> {
  return new Proxy(part, {
    get: (target, name) => {
      const method: unknown = Reflect.get(target, name, target);
      return typeof method === 'function' ? async (...args: unknown[]) => method.apply(target, args) : method;
    },
  }) as Remote<T>;
}

/** No pause is longer than `most` ms. */
export function impatient(most: number): Timer {
  return {
    now: () => performance.now(),
    schedule(ms, run) {
      const timeout = setTimeout(run, Math.min(ms, most));
      return () => clearTimeout(timeout);
    },
  };
}
