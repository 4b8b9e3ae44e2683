import { statSync } from 'node:fs';
import { join } from 'node:path';
import { DOUBLE, DuckDBDataChunk, DuckDBInstance, INTEGER, BIGINT } from '@duckdb/node-api';
import type { Columns } from '@sluis/protocol';

const CHUNK_ROWS = 2_048;

/**
 * Bytes of the smaller of two Parquet files of these rows, sorted by series and time: version 1 with its dictionaries, and
 * version 2 with deltas and split bytes; both zstd of level 3. They hold ids, times and values. That all qualities are good
 * is not in them, as it is in a segment; nor are names.
 */
export async function parquetBytes({ length, series, time, value }: Columns, folder: string): Promise<number> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  try {
    const connection = await instance.connect();
    await connection.run('CREATE TABLE samples (series INTEGER, time BIGINT, value DOUBLE)');
    const appender = await connection.createAppender('samples');
    for (let from = 0; from < length; from += CHUNK_ROWS) {
      const to = Math.min(length, from + CHUNK_ROWS);
      const chunk = DuckDBDataChunk.create([INTEGER, BIGINT, DOUBLE], to - from);
      chunk.setColumns([
        [...series.subarray(from, to)],
        Array.from(time.subarray(from, to), BigInt),
        [...value.subarray(from, to)],
      ]);
      appender.appendDataChunk(chunk);
    }
    appender.closeSync();
    const sizes: number[] = [];
    for (const version of ['V1', 'V2']) {
      const path = join(folder, `samples-${version}.parquet`);
      await connection.run(`COPY (SELECT * FROM samples ORDER BY series, time)
        TO '${path}' (FORMAT parquet, PARQUET_VERSION ${version}, COMPRESSION zstd, COMPRESSION_LEVEL 3)`);
      sizes.push(statSync(path).size);
    }
    return Math.min(...sizes);
  } finally {
    instance.closeSync();
  }
}
