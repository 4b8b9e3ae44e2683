import type { SampleFile, WriteJob } from '../store/sample-files.ts';
import type { DuckDBRun } from './duckdb-run.ts';
import { summarize, SUMMARIES } from './file-summaries.ts';
import { columnSql, type HotColumn, optional, rowsSql } from './hot-columns.ts';
import { SERIES } from './hot-tables.ts';
import { expiryCuts } from './retention.ts';
import { fileColumns, readFiles, readSamples } from './sample-sql.ts';
import type { SeriesIndex } from './series-index.ts';
import type { HotTable } from './view.ts';

/**
 * Rows as a job reads them, as SQL. They are sorted by the place of their series in the order of paths, as paths
 * themselves take three times as long; and each column is moved with them, so that those which are the same in all rows,
 * and paths where their place gives them back, are left out and put back behind the sort.
 */
export interface JobInput {
  /** Columns place, series, time, of the others those in `columns`, and where there are `repeats` a column of that name: whether an identity of the series may occur more than once. */
  readonly rows: string;
  readonly repeats: boolean;
  /** A place is a value of a type that has the paths for names; otherwise it is a number. */
  readonly typed: boolean;
  /** All others are the same in all rows. */
  readonly columns: ReadonlySet<HotColumn>;
  /** Columns path and rows: how many rows there are of each series, at most. */
  readonly sizes: string;
  /** There may be a row whose value is -0. */
  readonly negativeZero: boolean;
}

/**
 * So many series at most have their paths in a type. It saves a fifth of a sort and a join; but of a million of them it
 * takes 2 s and 260 MB to make.
 */
const MAX_TYPED_SERIES = 65_536;

/** The rows of hot tables. */
export async function hotInput(run: DuckDBRun, tables: readonly HotTable[], index: SeriesIndex): Promise<JobInput> {
  const ids = tables.map(({ name }) => `SELECT series AS id FROM ${name}`).join(' UNION ALL ');
  const from = Math.min(...tables.map(({ firstTime }) => firstTime));
  const to = Math.max(...tables.map(({ lastTime }) => lastTime)) + 1;
  await run.nameSeries('repeated', lateSeries(index, { from, to }));
  await run.run(`CREATE TEMP TABLE read AS SELECT id, path, rows, id IN (SELECT id FROM repeated) AS repeats
    FROM (SELECT id, count(*) AS rows FROM (${ids}) GROUP BY id) JOIN ${SERIES} USING (id)`);
  const { typed, repeats } = await placeSeries(run);
  const columns = tables.reduce((all, table) => all.union(table.columns), new Set<HotColumn>());
  const rows = tables.map(
    (table) => `SELECT place, repeats, path AS series, make_timestamptz(time) AS time, ${others(columns)}
      FROM ${rowsSql(table)} AS samples JOIN placed ON placed.id = samples.series`,
  );
  return {
    rows: rows.join(' UNION ALL '),
    columns,
    repeats,
    typed,
    sizes: 'SELECT path, rows FROM placed',
    negativeZero: tables.some(({ negativeZero }) => negativeZero),
  };
}

/** Makes a table `placed` of the table `read`, which has columns path and repeats: with a column place. */
async function placeSeries(run: DuckDBRun): Promise<{ readonly typed: boolean; readonly repeats: boolean }> {
  const [[count, repeats]] = await run.rows('SELECT count(*)::DOUBLE, coalesce(bool_or(repeats), false) FROM read');
  const typed = Number(count) <= MAX_TYPED_SERIES;
  // DuckDB's order of texts is that of their bytes, and that of a type's values is the one that they come in.
  if (typed) await run.run('CREATE TEMP TYPE place AS ENUM (SELECT path FROM read ORDER BY path)');
  const place = typed ? 'path::place' : 'row_number() OVER (ORDER BY path)::UINTEGER';
  await run.run(`CREATE TEMP TABLE placed AS SELECT *, ${place} AS place FROM read`);
  return { typed, repeats: repeats === true };
}

/** Series of which an identity may have come more than once in a time, `to` exclusive. */
function* lateSeries(
  index: SeriesIndex,
  { from, to }: { readonly from: number; readonly to: number },
): Generator<readonly [id: number, path: string]> {
  for (let id = 1; id <= index.size; id++) {
    if (!index.shape(id, from, to).ordered) yield [id, index.definition(id).path];
  }
}

/** The rows of files that have not expired. */
export async function mergeInput(
  run: DuckDBRun,
  files: readonly SampleFile[],
  job: WriteJob & { kind: 'merge' },
): Promise<JobInput> {
  await summarize(run, files);
  const { cuts } = await expiryCuts(run, job);
  await run.cutSeries('cuts', cuts);
  // The rows of a series do not meet within a group, so where they do they are of several.
  await run.run(`CREATE TEMP TABLE read AS SELECT path, bool_or(meets) AS repeats FROM (
      SELECT path, coalesce(first <= max(last) OVER
        (PARTITION BY path ORDER BY first ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), false) AS meets
      FROM ${SUMMARIES}
    ) GROUP BY path`);
  const { typed, repeats } = await placeSeries(run);
  const columns = await usedColumns(run, files);
  // A file's paths come as dictionaries, so that a cast looks up each but once.
  const [place, placed] =
    typed && !repeats
      ? ['series::place AS place', '']
      : ['place, repeats', 'JOIN placed ON placed.path = samples.series'];
  const left =
    cuts.length > 0
      ? 'LEFT JOIN cuts ON cuts.path = samples.series WHERE cut IS NULL OR epoch_us(samples.time) >= cut'
      : '';
  return {
    rows: `SELECT ${place}, series, time, ${others(columns)} FROM ${readSamples(files)} AS samples ${placed} ${left}`,
    repeats,
    typed,
    columns,
    sizes: `SELECT path, sum(rows)::BIGINT AS rows FROM ${SUMMARIES} GROUP BY path`,
    // Nothing that is read with less than all rows tells.
    negativeZero: true,
  };
}

/** Columns that are not the same in all rows, as the statistics in the files say: those that do not are taken for used. */
async function usedColumns(run: DuckDBRun, files: readonly SampleFile[]): Promise<Set<HotColumn>> {
  const paths = readFiles(files.map(({ path }) => path)).replace('read_parquet', 'parquet_metadata');
  const found = await run.rows(`SELECT path_in_schema FROM ${paths} GROUP BY path_in_schema HAVING bool_and(coalesce(
      CASE WHEN path_in_schema IN ('integer', 'text') THEN stats_null_count = num_values ELSE stats_max_value = '0' END, false))`);
  const same = found.flat();
  return new Set(fileColumns.filter((name) => !optional.has(name) || !same.includes(name)));
}

function others(columns: ReadonlySet<HotColumn>): string {
  return [...columns]
    .filter((name) => name !== 'series' && name !== 'time')
    .map((name) => `"${name}"`)
    .join(', ');
}

/** A job's rows within a condition on columns series and time, as {@link fileColumns}: sorted, and each identity once. */
export function sortedSql({ rows, columns, typed, repeats }: JobInput, condition: string): string {
  const latest = columns.has('revision') ? 'revision DESC, ord DESC' : 'ord DESC';
  const within = `SELECT place, ${typed ? '' : 'series, '}time, ${others(columns)} FROM (${rows}) WHERE ${condition}`;
  const unique = `${within} AND NOT repeats UNION ALL
    (${within} AND repeats QUALIFY row_number() OVER (PARTITION BY place, time ORDER BY ${latest}) = 1)`;
  const path = typed ? 'place::VARCHAR AS series' : 'series';
  return `SELECT ${fileColumns.map((name) => (name === 'series' ? path : columnSql(name, columns))).join(', ')}
    FROM (${repeats ? unique : within} ORDER BY place, time)`;
}
