import type { DuckDBDataChunk } from '@duckdb/node-api';
import { columnBytes, doubles } from './chunk-columns.ts';
import { exactOf } from './value-text.ts';

/** Columns of some samples of a series, in order of time. */
export interface SampleRows {
  readonly length: number;
  readonly time: Float64Array;
  readonly value: Float64Array;
  readonly quality: Uint8Array;
  readonly exact: readonly (bigint | string | boolean | undefined)[] | undefined;
}

/**
 * What `samplesSql` gives, as columns.
 * @throws Error if times do not ascend: an answer in the wrong order would be a wrong answer
 */
export async function* ascendingSamples(
  chunks: AsyncGenerator<DuckDBDataChunk>,
  withExact: boolean,
): AsyncGenerator<SampleRows> {
  let last = -Infinity;
  for await (const chunk of chunks) {
    const length = chunk.rowCount;
    const time = doubles(chunk, 0);
    const value = doubles(chunk, 1);
    const quality = columnBytes(chunk, 2, 1);
    for (let i = 0; i < length; i++) {
      if (!(time[i] > last)) throw new Error(`${time[i]} µs follows ${last} µs: the plan's order was wrong`);
      last = time[i];
    }
    if (!withExact) {
      yield { length, time, value, quality, exact: undefined };
      continue;
    }
    const kind = columnBytes(chunk, 3, 1);
    const [integer, text] = [4, 5].map((i) => chunk.getColumnValues(i));
    const exact = Array.from({ length }, (_, i) => exactOf(kind[i], value[i], integer[i], text[i]));
    yield { length, time, value, quality, exact };
  }
}
