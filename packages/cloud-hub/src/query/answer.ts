import type { DuckDBDataChunk } from '@duckdb/node-api';
import duckdb from '@duckdb/node-bindings';
import { kindNames, qualityNames } from '@sluis/protocol';
import { nearest } from '@sluis/runtime';
import { AnswerError } from './answer-error.ts';
import { DuckDBRun } from './duckdb-run.ts';
import type { HotTables } from './hot-tables.ts';
import { matchesPath } from './path-pattern.ts';
import { aggregateQuery, countsSql, onlyDoubles, quoted, samplesFileSql, samplesSql, type Selection } from './plan.ts';
import type { AggregateQuery, SamplesQuery, SeriesQuery } from './query.ts';
import type { SeriesIndex, SeriesShape } from './series-index.ts';
import { doubleJson, doubleText, exactCsv, exactJson, exactOf } from './value-text.ts';

/** What an answer is made from. */
export interface Sources {
  readonly index: SeriesIndex;
  readonly tables: HotTables;
  /** Resolves when all rows that the index knows of now are visible: it knows them a moment before. */
  visible(): Promise<void>;
}

export type Pieces = AsyncGenerator<string>;

/** `GET /series`. */
export async function answerSeries(query: SeriesQuery, sources: Sources, run: DuckDBRun): Promise<Pieces> {
  const { index } = sources;
  const matches = query.match === undefined ? () => true : matchesPath(query.match);
  const ids: number[] = [];
  for (let id = 1; id <= index.size; id++) if (matches(index.definition(id).path)) ids.push(id);
  let counts: ReadonlyMap<number, number> = new Map();
  do counts = await lateCounts(ids, sources, run);
  while (ids.some((id) => index.late(id) && !counts.has(id)));
  // In the same turn: from here on rows that come late cannot make a count wrong.
  const samples = Float64Array.from(ids, (id) => counts.get(id) ?? index.rows(id));
  return seriesText();

  async function* seriesText(): Pieces {
    yield '{"series":[';
    for (const [i, id] of ids.entries()) {
      const { path, unit } = index.definition(id);
      const latest = index.latest(id);
      yield `${i === 0 ? '' : ','}${JSON.stringify({
        path,
        type: latest ? kindNames[latest.kind] : null,
        unit,
        first: latest ? index.first(id) : null,
        last: latest ? index.last(id) : null,
        samples: samples[i],
      })}`;
    }
    yield ']}';
  }
}

/** Exact counts of those series whose rows came out of order, and so perhaps twice; the index counts the others. */
async function lateCounts(
  ids: readonly number[],
  { index, tables, visible }: Sources,
  run: DuckDBRun,
): Promise<ReadonlyMap<number, number>> {
  if (!ids.some((id) => index.late(id))) return new Map();
  // A count must not be smaller than the one before, which may have been the index's.
  await visible();
  const late = ids.filter((id) => index.late(id));
  const before = lateRange(late, index);
  const planned = await run.stream(countsSql(tables.view, late, before));
  const after = lateRange(late, index);
  const settled = before.from === after.from && before.to === after.to;
  const chunks = settled ? planned : await run.stream(countsSql(tables.view, late, allTimes));
  const counts = new Map<number, number>();
  for await (const chunk of chunks) {
    const [series, samples] = [doubles(chunk, 0), doubles(chunk, 1)];
    for (let row = 0; row < chunk.rowCount; row++) counts.set(series[row], samples[row]);
  }
  return counts;
}

const allTimes = { from: Number.MIN_SAFE_INTEGER, to: Number.MAX_SAFE_INTEGER };

function lateRange(ids: readonly number[], index: SeriesIndex): { from: number; to: number } {
  let { to: from, from: to } = allTimes;
  for (const id of ids) {
    const late = index.late(id);
    if (!late) continue;
    from = Math.min(from, late.from);
    to = Math.max(to, late.to);
  }
  return { from, to };
}

/** `GET /samples` as JSON or CSV. */
export async function answerSamples(query: SamplesQuery, sources: Sources, run: DuckDBRun): Promise<Pieces> {
  const { chunks, shape } = await planned(query, sources, run, (selection, plan) =>
    samplesSql(sources.tables.view, selection, plan),
  );
  const exact = !onlyDoubles(shape.kinds);
  return query.format === 'csv' ? csv() : json();

  async function* json(): Pieces {
    yield `{"series":${JSON.stringify(query.series)},"columns":["time","value","quality"],"rows":[`;
    let separator = '';
    for await (const rows of sampleRows(chunks, exact)) {
      let text = '';
      for (let i = 0; i < rows.length; i++) {
        const value = rows.exact?.[i];
        text += `${separator}[${rows.time[i]},${value === undefined ? doubleJson(rows.value[i]) : exactJson(value)},"${qualityNames[rows.quality[i]]}"]`;
        separator = ',';
      }
      yield text;
    }
    yield ']}';
  }

  async function* csv(): Pieces {
    yield 'time,value,quality\n';
    for await (const rows of sampleRows(chunks, exact)) {
      let text = '';
      for (let i = 0; i < rows.length; i++) {
        const value = rows.exact?.[i];
        text += `${rows.time[i]},${value === undefined ? doubleText(rows.value[i]) : exactCsv(value)},${qualityNames[rows.quality[i]]}\n`;
      }
      yield text;
    }
  }
}

/** `GET /aggregate` as JSON or CSV. */
export async function answerAggregate(query: AggregateQuery, sources: Sources, run: DuckDBRun): Promise<Pieces> {
  const { chunks } = await planned(query, sources, run, (selection, shape) =>
    aggregateQuery(sources.tables.view, { ...selection, ...query, series: selection.series }, shape),
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

/** Writes the samples or windows that a query asks for to a Parquet file. */
export async function writeParquet(
  query: SamplesQuery | AggregateQuery,
  sources: Sources,
  run: DuckDBRun,
  file: string,
): Promise<void> {
  const { tables } = sources;
  await settled(query, sources, async (selection, shape) => {
    const sql =
      query.kind === 'samples'
        ? samplesFileSql(tables.view, selection, shape)
        : `SELECT * REPLACE (make_timestamptz(time::BIGINT) AS time) FROM (${aggregateQuery(tables.view, { ...selection, ...query, series: selection.series }, shape)}) AS windows(time, ${query.functions.map((name) => `"${name}"`).join(', ')})`;
    await run.run(`COPY (${sql}) TO ${quoted(file)} (FORMAT parquet, COMPRESSION zstd)`);
  });
}

/** Begins to read what `sql` makes of the selection and its shape. */
async function planned(
  query: SamplesQuery | AggregateQuery,
  sources: Sources,
  run: DuckDBRun,
  sql: (selection: Selection, shape: SeriesShape) => string,
): Promise<{ chunks: AsyncGenerator<DuckDBDataChunk>; shape: SeriesShape }> {
  return settled(query, sources, async (selection, shape) => ({
    chunks: await run.stream(sql(selection, shape)),
    shape,
  }));
}

const ATTEMPTS = 3;
/** The shape for which every plan is right. */
const anyShape: SeriesShape = { ordered: false, kinds: (1 << kindNames.length) - 1 };

/**
 * Plans by the shape that a series has, begins to read, and plans again if rows that were loaded meanwhile have changed
 * it: DuckDB takes its snapshot after the plan was made, and the index knows of rows before they are visible.
 */
async function settled<T>(
  query: SamplesQuery | AggregateQuery,
  { index }: Sources,
  begin: (selection: Selection, shape: SeriesShape) => Promise<T>,
): Promise<T> {
  const { from, to } = query;
  const series = index.id(query.series);
  if (series === undefined) throw unknownSeries(query.series, index);
  for (let attempt = 1; attempt < ATTEMPTS; attempt++) {
    const shape = index.shape(series, from, to);
    const begun = await begin({ series, from, to }, shape);
    const now = index.shape(series, from, to);
    if (now.ordered === shape.ordered && now.kinds === shape.kinds) return begun;
  }
  return begin({ series, from, to }, anyShape);
}

interface SampleRows {
  readonly length: number;
  readonly time: Float64Array;
  readonly value: Float64Array;
  readonly quality: Uint8Array;
  readonly exact: readonly (bigint | string | boolean | undefined)[] | undefined;
}

/** @throws Error if times do not ascend: an answer in the wrong order would be a wrong answer. */
async function* sampleRows(chunks: AsyncGenerator<DuckDBDataChunk>, withExact: boolean): AsyncGenerator<SampleRows> {
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

/** A column that is never null, as its memory: a value at a time through the library costs ten times as much. */
function columnBytes(chunk: DuckDBDataChunk, column: number, width: number): Uint8Array {
  return duckdb.vector_get_data(duckdb.data_chunk_get_vector(chunk.chunk, column), chunk.rowCount * width);
}

function doubles(chunk: DuckDBDataChunk, column: number): Float64Array {
  const bytes = columnBytes(chunk, column, Float64Array.BYTES_PER_ELEMENT);
  return new Float64Array(bytes.buffer, bytes.byteOffset, chunk.rowCount);
}

function* doubleRows(chunk: DuckDBDataChunk): Generator<(number | null)[]> {
  const columns = chunk.getColumns() as (number | null)[][];
  for (let row = 0; row < chunk.rowCount; row++) yield columns.map((column) => column[row]);
}

/** How many paths are looked through for a near one. */
const HINT_PATHS = 10_000;

function unknownSeries(path: string, index: SeriesIndex): AnswerError {
  const near = nearest(path, Iterator.from(index.paths).take(HINT_PATHS));
  return new AnswerError({
    status: 404,
    code: 'unknown-series',
    message: `there is no series ${path}`,
    hint: near ? `did you mean ${near}?` : 'GET /api/v1/series lists the series there are',
  });
}
