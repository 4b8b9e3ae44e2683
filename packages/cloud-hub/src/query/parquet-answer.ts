import type { DuckDBRun } from './duckdb-run.ts';
import { aggregateQuery, samplesFileSql } from './plan.ts';
import { settled, type Sources } from './planned.ts';
import type { AggregateQuery, SamplesQuery } from './query.ts';
import { quoted, WITHOUT_DICTIONARIES } from './sample-sql.ts';

/** Writes the samples or windows that a query asks for to a Parquet file. */
export async function writeParquet(
  query: SamplesQuery | AggregateQuery,
  sources: Sources,
  run: DuckDBRun,
  file: string,
): Promise<void> {
  await settled(query, sources, async (parts, selection, shape) => {
    const sql =
      query.kind === 'samples'
        ? samplesFileSql(parts, selection, shape)
        : `SELECT * REPLACE (make_timestamptz(time::BIGINT) AS time) FROM (${aggregateQuery(parts, { ...query, ...selection }, shape)}) AS windows(time, ${query.functions.map((name) => `"${name}"`).join(', ')})`;
    await run.run(`COPY (${sql}) TO ${quoted(file)} (FORMAT parquet, COMPRESSION zstd, ${WITHOUT_DICTIONARIES})`);
  });
}
