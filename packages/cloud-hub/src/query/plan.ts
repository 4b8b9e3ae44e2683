import { Kind, Quality } from '@sluis/protocol';
import { rowsSql } from './hot-columns.ts';
import { quoted, readSamples, timestamp } from './sample-sql.ts';
import type { SeriesShape } from './series-index.ts';
import { mayHold, type View } from './view.ts';

/*
 * Queries as SQL. All numbers in it are whole and come checked; names are always quoted.
 */

/** All that a sample can have, in µs. */
export const allTimes = { from: Number.MIN_SAFE_INTEGER, to: Number.MAX_SAFE_INTEGER };

export interface Selection {
  /** The hub's id, and the path: tables know the one, files the other. */
  readonly series: number;
  readonly path: string;
  /** µs, inclusive and exclusive. */
  readonly from: number;
  readonly to: number;
}

/** What of a view has rows of a selection, by what is known of its parts without a look into them. */
export function selectedParts(view: View, { path, from, to }: Selection): View {
  const meets = (part: { readonly firstTime: number; readonly lastTime: number }): boolean =>
    part.firstTime < to && part.lastTime >= from;
  return {
    ...view,
    files: view.files.filter((file) => meets(file) && mayHold(file, path)),
    hot: view.hot.filter(meets),
  };
}

/** Files of one group have each identity once, in order. */
export function isOneGroup({ files, hot }: View): boolean {
  return hot.length === 0 && files.every(({ group }) => group === files[0].group);
}

export const aggregateNames = ['count', 'sum', 'mean', 'min', 'max', 'first', 'last', 'stddev'] as const;
export type AggregateName = (typeof aggregateNames)[number];

const columns = 'value, quality, kind, "integer", text, revision, ord';

export function fileCondition({ path, from, to }: Selection): string {
  return `series = ${quoted(path)} AND time >= ${timestamp(from)} AND time < ${timestamp(to)}`;
}

/** Rows of a selection in the order of the parts and, within one, of the file or of loading. */
function source({ files, hot }: View, selection: Selection): string {
  const { series, from, to } = selection;
  const selects: string[] = [];
  if (files.length > 0) {
    selects.push(`SELECT epoch_us(time) AS time, ${columns} FROM ${readSamples(files)}
      WHERE ${fileCondition(selection)}`);
  }
  for (const table of hot) {
    selects.push(
      `SELECT time, ${columns} FROM ${rowsSql(table)} WHERE series = ${series} AND time >= ${from} AND time < ${to}`,
    );
  }
  return selects.length > 0 ? selects.join(' UNION ALL ') : noRows;
}

const noRows = `SELECT 0::BIGINT AS time, 0::DOUBLE AS value, 0::UTINYINT AS quality, 0::UTINYINT AS kind,
  0::BIGINT AS "integer", '' AS text, 0::USMALLINT AS revision, 0::UBIGINT AS ord WHERE false`;

/** The rows of a selection, each identity once. Unordered unless the shape says that they lie in order. */
function rows(parts: View, selection: Selection, shape: SeriesShape): string {
  const selected = source(parts, selection);
  if (shape.ordered) return selected;
  return `SELECT * FROM (${selected}) QUALIFY row_number() OVER (PARTITION BY time ORDER BY revision DESC, ord DESC) = 1`;
}

export function onlyDoubles(kinds: number): boolean {
  return (kinds & ~(1 << Kind.double)) === 0;
}

/** Columns time, value, quality and, unless all are doubles, kind, integer, text; ascending. */
export function samplesSql(parts: View, selection: Selection, shape: SeriesShape): string {
  const exact = onlyDoubles(shape.kinds) ? '' : ', kind, "integer", text';
  const order = shape.ordered ? '' : ' ORDER BY time';
  return `SELECT time::DOUBLE AS time, value, quality${exact} FROM (${rows(parts, selection, shape)})${order}`;
}

/** Beyond this the square of a difference may not be a finite double. */
const SQUARE_LIMIT = '1e150';

const aggregateSql: Record<AggregateName, string> = {
  count: 'count(*)::DOUBLE',
  // Kahan's sum, which does not depend on how threads share the rows; it knows no infinities.
  sum: 'CASE WHEN isfinite(sum(value)) THEN fsum(value) ELSE sum(value) END',
  mean: 'CASE WHEN isfinite(sum(value)) THEN favg(value) ELSE avg(value) END',
  min: 'min(value)',
  max: 'max(value)',
  first: 'arg_min(value, time)',
  last: 'arg_max(value, time)',
  // DuckDB's own refuses the whole query where the result is not finite.
  stddev: `CASE
    WHEN count(*) < 2 THEN NULL
    WHEN bool_or(NOT isfinite(value)) THEN 'NaN'::DOUBLE
    WHEN bool_or(abs(value) >= ${SQUARE_LIMIT}) THEN 'Infinity'::DOUBLE
    ELSE stddev_samp(CASE WHEN abs(value) < ${SQUARE_LIMIT} THEN value END) END`,
};

/**
 * Columns time (start of a window) and the functions as asked; ascending; windows without samples are left out. As in
 * windows at the edge, what has no number takes no part: bad quality, NaN, and text, whose value is NaN.
 */
export function aggregateQuery(
  parts: View,
  selection: Selection & { readonly every: number; readonly functions: readonly AggregateName[] },
  shape: SeriesShape,
): string {
  const { every, functions } = selection;
  // Aligned to 1970 also before it: SQL's remainder has the sign of the dividend.
  const start = `time - ((time % ${every}) + ${every}) % ${every}`;
  const results = functions.map((name, i) => `${aggregateSql[name]} AS f${i}`).join(', ');
  return `SELECT start::DOUBLE AS time, ${results} FROM (
      SELECT ${start} AS start, time, value FROM (${rows(parts, selection, shape)})
      WHERE quality <> ${Quality.bad} AND NOT isnan(value)
    ) GROUP BY start ORDER BY start`;
}

/** What {@link countsSql} counts: a table that has it, see {@link countSeries}. */
interface Counted {
  readonly table: string;
  /** In the order of their UTF-8 bytes, inclusive. */
  readonly firstPath: string;
  readonly lastPath: string;
}

/**
 * One row per counted series: id; how many distinct times it has from its cut on, given that none occurs twice outside of
 * `late`; the first of these, infinite where there is none; how many rows lie before its cut.
 */
export function countsSql(
  { files, hot }: View,
  { table, firstPath, lastPath }: Counted,
  late: { from: number; to: number },
): string {
  const selects = hot.map(
    ({ name }) => `SELECT counted.id, time, cut FROM ${name} JOIN ${table} AS counted ON counted.id = series`,
  );
  if (files.length > 0) {
    selects.unshift(`SELECT counted.id, epoch_us(time), counted.cut FROM ${readSamples(files)} AS files
      JOIN ${table} AS counted ON counted.path = files.series
      WHERE files.series BETWEEN ${quoted(firstPath)} AND ${quoted(lastPath)}`);
  }
  const within = `time BETWEEN ${late.from} AND ${late.to}`;
  return `SELECT series::DOUBLE AS series,
      (count(*) FILTER (time >= cut AND NOT (${within})) + count(DISTINCT time) FILTER (time >= cut AND ${within}))::DOUBLE,
      coalesce((min(time) FILTER (time >= cut))::DOUBLE, 'Infinity'::DOUBLE),
      (count(*) FILTER (time < cut))::DOUBLE
    FROM (${selects.join(' UNION ALL ')}) AS rows(series, time, cut) GROUP BY series`;
}

const qualitySql = `CASE quality WHEN ${Quality.good} THEN 'good' WHEN ${Quality.uncertain} THEN 'uncertain' ELSE 'bad' END`;

/** Rows as a file holds them: time as a UTC timestamp, the value in the type that holds all the series' kinds exactly. */
export function samplesFileSql(parts: View, selection: Selection, shape: SeriesShape): string {
  const order = shape.ordered ? '' : ' ORDER BY time';
  return `SELECT make_timestamptz(time) AS time, ${exactValueSql(shape.kinds)} AS value, ${qualitySql} AS quality
    FROM (${rows(parts, selection, shape)})${order}`;
}

function exactValueSql(kinds: number): string {
  switch (kinds) {
    case 0:
    case 1 << Kind.double:
      return 'value';
    case 1 << Kind.boolean:
      return '(value <> 0)';
    case 1 << Kind.int64:
      return '"integer"';
    case 1 << Kind.uint64:
      return UINT64_SQL;
    case 1 << Kind.text:
      return 'text';
    default:
      return `CASE kind
        WHEN ${Kind.double} THEN value::VARCHAR
        WHEN ${Kind.boolean} THEN CASE WHEN value <> 0 THEN 'true' ELSE 'false' END
        WHEN ${Kind.int64} THEN "integer"::VARCHAR
        WHEN ${Kind.uint64} THEN ${UINT64_SQL}::VARCHAR
        ELSE text END`;
  }
}

/** The same 64 bits as an unsigned number. */
const UINT64_SQL =
  '(CASE WHEN "integer" >= 0 THEN "integer"::HUGEINT ELSE "integer"::HUGEINT + 18446744073709551616 END)::UBIGINT';
