import type { DuckDBDataChunk } from '@duckdb/node-api';
import type { DuckDBRun } from './duckdb-run.ts';
import { aggregateQuery } from './plan.ts';
import { type Pieces, planned, type Sources } from './planned.ts';
import type { AggregateQuery } from './query.ts';
import { doubleJson, doubleText } from './value-text.ts';

/** `GET /aggregate` as JSON or CSV. */
export async function answerAggregate(query: AggregateQuery, sources: Sources, run: DuckDBRun): Promise<Pieces> {
  const { chunks } = await planned(query, sources, run, (parts, selection, shape) =>
    aggregateQuery(parts, { ...query, ...selection }, shape),
  );
  const names = ['time', ...query.functions];
  return query.format === 'csv' ? csv() : json();

  async function* json(): Pieces {
    yield `{"series":${JSON.stringify(query.series)},"columns":${JSON.stringify(names)},"rows":[`;
    let separator = '';
    for await (const chunk of chunks) {
      let text = '';
      for (const row of doubleRows(chunk)) {
        text += `${separator}[${row.map((value) => (value === null ? 'null' : doubleJson(value))).join(',')}]`;
        separator = ',';
      }
      yield text;
    }
    yield ']}';
  }

  async function* csv(): Pieces {
    yield `${names.join(',')}\n`;
    for await (const chunk of chunks) {
      let text = '';
      for (const row of doubleRows(chunk))
        text += `${row.map((value) => (value === null ? '' : doubleText(value))).join(',')}\n`;
      yield text;
    }
  }
}

function* doubleRows(chunk: DuckDBDataChunk): Generator<(number | null)[]> {
  const columns = chunk.getColumns() as (number | null)[][];
  for (let row = 0; row < chunk.rowCount; row++) yield columns.map((column) => column[row]);
}
