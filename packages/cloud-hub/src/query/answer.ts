import type { DuckDBDataChunk } from '@duckdb/node-api';
import { kindNames, matchesPath, qualityNames } from '@sluis/protocol';
import { nearest } from '@sluis/runtime';
import { AnswerError } from './answer-error.ts';
import { columnBytes, doubles } from './chunk-columns.ts';
import type { Cuts } from './cuts.ts';
import { unreadableFile } from './damaged-file.ts';
import { DuckDBRun, FEW_ROWS } from './duckdb-run.ts';
import type { FileExtents } from './file-extents.ts';
import {
  aggregateQuery,
  countsSql,
  isOneGroup,
  onlyDoubles,
  samplesFileSql,
  samplesSql,
  selectedParts,
  type Selection,
} from './plan.ts';
import { quoted, WITHOUT_DICTIONARIES } from './sample-sql.ts';
import type { AggregateQuery, SamplesQuery, SeriesQuery } from './query.ts';
import type { SeriesIndex, SeriesShape } from './series-index.ts';
import { compareUtf8 } from './utf8-order.ts';
import { doubleJson, doubleText, exactCsv, exactJson, exactOf } from './value-text.ts';
import type { HotTable, View } from './view.ts';

/** What an answer is made from. */
export interface Sources {
  readonly index: SeriesIndex;
  readonly files: FileExtents;
  readonly cuts: Cuts;
  /** The view of now; all that it names is there until the answer is given. */
  take(): View;
  /** Resolves when SQL finds all rows in these tables that the index knows of now: before, some are not there, or none. */
  fill(tables: readonly HotTable[]): Promise<void>;
}

export type Pieces = AsyncGenerator<string>;

/** What is known of a series that had to be counted. */
interface Count {
  readonly samples: number;
  /** µs; infinite where it has no samples. */
  readonly first: number;
}

/** `GET /series`. */
export async function answerSeries(query: SeriesQuery, sources: Sources, run: DuckDBRun): Promise<Pieces> {
  const { index } = sources;
  const matches = query.match === undefined ? () => true : matchesPath(query.match);
  const ids: number[] = [];
  for (let id = 1; id <= index.size; id++) {
    const { path } = index.definition(id);
    if (!matches(path)) continue;
    const unreadable = sources.files.unreadable(path);
    if (unreadable) throw unreadableFile(unreadable);
    ids.push(id);
  }
  const counts = await uncertainCounts(ids, sources, run);
  // In the same turn: from here on rows that come late cannot make a count wrong.
  const known = ids.map((id): Count => counts.get(id) ?? { samples: index.rows(id), first: index.first(id) });
  return seriesText();

  async function* seriesText(): Pieces {
    yield '{"series":[';
    for (const [i, id] of ids.entries()) {
      const { path, unit } = index.definition(id);
      const { samples, first } = known[i];
      const latest = samples > 0 ? index.latest(id) : undefined;
      yield `${i === 0 ? '' : ','}${JSON.stringify({
        path,
        type: latest ? kindNames[latest.kind] : null,
        unit,
        first: latest ? first : null,
        last: latest ? index.last(id) : null,
        samples,
      })}`;
    }
    yield ']}';
  }
}

/** Rows of series are counted by so many at once: each of them takes some tens of bytes while it is. */
const ROWS_AT_ONCE = 4_000_000;

/**
 * Exact counts of those series of which the index may not know: whose rows came out of order, and so perhaps twice, or lie
 * before the cut in part. The index counts the others.
 */
async function uncertainCounts(
  ids: readonly number[],
  sources: Sources,
  run: DuckDBRun,
): Promise<ReadonlyMap<number, Count>> {
  const { index } = sources;
  const counts = new Map<number, Count>();
  while (uncertainSeries(ids, sources, { view: sources.take(), counts }).length > 0) {
    const view = sources.take();
    await sources.fill(view.hot);
    const uncertain = uncertainSeries(ids, sources, { view, counts });
    const rowsOf = (place: number): number => index.rows(uncertain[place].id);
    for (let start = 0, end = 0; start < uncertain.length; start = end) {
      for (let rows = 0; end < uncertain.length && (rows === 0 || rows + rowsOf(end) <= ROWS_AT_ONCE); end++)
        rows += rowsOf(end);
      await count(uncertain.slice(start, end), { view, sources, run, counts });
    }
  }
  return counts;
}

interface Uncertain {
  readonly id: number;
  readonly path: string;
  readonly cut: number;
}

/** By path. */
function uncertainSeries(
  ids: readonly number[],
  { index, cuts }: Sources,
  { view, counts }: { view: View; counts: ReadonlyMap<number, Count> },
): Uncertain[] {
  const cutOf = cuts.of(view);
  const uncertain: Uncertain[] = [];
  for (const id of ids) {
    if (counts.has(id)) continue;
    const { path } = index.definition(id);
    const cut = cutOf(path);
    if (index.late(id) || index.first(id) < cut) uncertain.push({ id, path, cut });
  }
  return uncertain.sort((a, b) => compareUtf8(a.path, b.path));
}

async function count(
  series: readonly Uncertain[],
  options: { view: View; sources: Sources; run: DuckDBRun; counts: Map<number, Count> },
): Promise<void> {
  const { view, run, counts } = options;
  const { index } = options.sources;
  const ids = series.map(({ id }) => id);
  await run.countSeries(
    COUNTED,
    series.map(({ id, path, cut }) => [id, path, cut]),
  );
  const counted = { table: COUNTED, firstPath: series[0].path, lastPath: series[series.length - 1].path };
  const { recounts } = index;
  const firsts = new Map(ids.map((id) => [id, index.first(id)]));
  const before = lateRange(ids, index);
  const planned = await run.stream(countsSql(view, counted, before));
  const after = lateRange(ids, index);
  const settled = before.from === after.from && before.to === after.to;
  const chunks = settled ? planned : await run.stream(countsSql(view, counted, allTimes));
  // A series of which all rows have expired may be in no row of the result, and is counted all the same.
  for (const id of ids) counts.set(id, { samples: 0, first: Infinity });
  for await (const chunk of chunks) {
    const [found, samples, first, expired] = [0, 1, 2, 3].map((i) => doubles(chunk, i));
    for (let row = 0; row < chunk.rowCount; row++) {
      const [id, count] = [found[row], { samples: samples[row], first: first[row] }];
      counts.set(id, count);
      // Remembered unless another has done so meanwhile: the next question need not count. What came since lies behind.
      const same = index.recounts === recounts && index.first(id) === firsts.get(id);
      if (same && !index.late(id) && count.samples > 0) index.cut(id, { rows: expired[row], first: count.first });
    }
  }
}

const COUNTED = 'counted';
export const allTimes = { from: Number.MIN_SAFE_INTEGER, to: Number.MAX_SAFE_INTEGER };

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
  const { chunks, shape } = await planned(query, sources, run, samplesSql);
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
    yield `],"gaps":${JSON.stringify(query.gaps)}}`;
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

/** Samples of one series in a time. */
type Asked = Pick<SamplesQuery, 'series' | 'from' | 'to'>;

/** Begins to read what `sql` makes of the selection and its shape. */
export async function planned(
  query: Asked,
  sources: Sources,
  run: DuckDBRun,
  sql: (parts: View, selection: Selection, shape: SeriesShape) => string,
): Promise<{ chunks: AsyncGenerator<DuckDBDataChunk>; shape: SeriesShape }> {
  const id = sources.index.id(query.series);
  const few = id !== undefined && sources.index.rowsWithin(id, query) <= FEW_ROWS;
  return settled(query, sources, async (parts, selection, shape) => {
    const text = sql(parts, selection, shape);
    return { chunks: await (few ? run.few(text) : run.stream(text)), shape };
  });
}

const ATTEMPTS = 3;
/** The shape for which every plan is right. */
const anyShape: SeriesShape = { ordered: false, kinds: (1 << kindNames.length) - 1 };

/**
 * Plans by the shape that a series has, begins to read, and plans again if rows that were loaded meanwhile have changed
 * it: DuckDB takes its snapshot after the plan was made, and the index knows of rows before they are visible.
 */
async function settled<T>(
  query: Asked,
  sources: Sources,
  begin: (parts: View, selection: Selection, shape: SeriesShape) => Promise<T>,
): Promise<T> {
  const { index, files } = sources;
  const { from, to, series: path } = query;
  const series = index.id(path);
  if (series === undefined) throw unknownSeries(path, index);
  const view = sources.take();
  const selection = { series, path, from: Math.max(from, sources.cuts.of(view)(path)), to };
  const parts = selectedParts(view, selection);
  await sources.fill(parts.hot);
  // Files that exclude each other's repeats need no deduplication, whatever is late elsewhere.
  const ordered = isOneGroup(parts);
  const shapeNow = (): SeriesShape => {
    if (files.unreadable(path)) return anyShape;
    const shape = index.shape(series, from, to);
    return { ...shape, ordered: ordered || shape.ordered };
  };
  for (let attempt = 1; attempt < ATTEMPTS; attempt++) {
    const shape = shapeNow();
    const begun = await begin(parts, selection, shape);
    const now = shapeNow();
    if (now.ordered === shape.ordered && now.kinds === shape.kinds) return begun;
  }
  return begin(parts, selection, anyShape);
}

export interface SampleRows {
  readonly length: number;
  readonly time: Float64Array;
  readonly value: Float64Array;
  readonly quality: Uint8Array;
  readonly exact: readonly (bigint | string | boolean | undefined)[] | undefined;
}

/** @throws Error if times do not ascend: an answer in the wrong order would be a wrong answer. */
export async function* sampleRows(
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
