import { qualityNames } from '@sluis/protocol';
import { ascendingSamples } from './ascending-samples.ts';
import type { DuckDBRun } from './duckdb-run.ts';
import { onlyDoubles, samplesSql } from './plan.ts';
import { type Pieces, planned, type Sources } from './planned.ts';
import type { SamplesQuery } from './query.ts';
import { doubleJson, doubleText, exactCsv, exactJson } from './value-text.ts';

/** `GET /samples` as JSON or CSV. */
export async function answerSamples(query: SamplesQuery, sources: Sources, run: DuckDBRun): Promise<Pieces> {
  const { chunks, shape } = await planned(query, sources, run, samplesSql);
  const exact = !onlyDoubles(shape.kinds);
  return query.format === 'csv' ? csv() : json();

  async function* json(): Pieces {
    yield `{"series":${JSON.stringify(query.series)},"columns":["time","value","quality"],"rows":[`;
    let separator = '';
    for await (const rows of ascendingSamples(chunks, exact)) {
      let text = '';
      for (let i = 0; i < rows.length; i++) {
        const value = rows.exact?.[i];
        text += `${separator}[${rows.time[i]},${value === undefined ? doubleJson(rows.value[i]) : exactJson(value)},"${qualityNames[rows.quality[i]]}"]`;
        separator = ',';
      }
      yield text;
    }
    yield `],"gaps":${JSON.stringify(query.gaps)}}`;
  }

  async function* csv(): Pieces {
    yield 'time,value,quality\n';
    for await (const rows of ascendingSamples(chunks, exact)) {
      let text = '';
      for (let i = 0; i < rows.length; i++) {
        const value = rows.exact?.[i];
        text += `${rows.time[i]},${value === undefined ? doubleText(rows.value[i]) : exactCsv(value)},${qualityNames[rows.quality[i]]}\n`;
      }
      yield text;
    }
  }
}
