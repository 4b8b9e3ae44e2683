import { Kind, Quality } from '@sluis/protocol';
import type { View } from './hot-tables.ts';
import type { SeriesShape } from './series-index.ts';

/*
 * Queries as SQL. All numbers in it are whole and come checked; names are never part of it.
 */

export interface Selection {
  /** The hub's id. */
  readonly series: number;
  /** µs, inclusive and exclusive. */
  readonly from: number;
  readonly to: number;
}

export const aggregateNames = ['count', 'sum', 'mean', 'min', 'max', 'first', 'last', 'stddev'] as const;
export type AggregateName = (typeof aggregateNames)[number];

const columns = 'series, time, value, quality, kind, integer, text, revision, ord';

/** Rows of the view that meet a condition, in the order of its tables and, within one, of loading. */
function source({ hot, files }: View, condition: string): string {
  const parts = hot.map((table) => `SELECT ${columns} FROM ${table} WHERE ${condition}`);
  if (files.length > 0) {
    parts.push(`SELECT ${columns} FROM read_parquet([${files.map(quoted).join(', ')}]) WHERE ${condition}`);
  }
  return parts.join(' UNION ALL ');
}

/** The rows of a selection, each identity once. Unordered unless the shape says that they lie in order. */
function rows(view: View, selection: Selection, shape: SeriesShape): string {
  const { series, from, to } = selection;
  const selected = source(view, `series = ${series} AND time >= ${from} AND time < ${to}`);
  if (shape.ordered) return selected;
  return `SELECT * FROM (${selected}) QUALIFY row_number() OVER (PARTITION BY time ORDER BY revision DESC, ord DESC) = 1`;
}

export function onlyDoubles(kinds: number): boolean {
  return (kinds & ~(1 << Kind.double)) === 0;
}

/** Columns time, value, quality and, unless all are doubles, kind, integer, text; ascending. */
export function samplesSql(view: View, selection: Selection, shape: SeriesShape): string {
  const exact = onlyDoubles(shape.kinds) ? '' : ', kind, integer, text';
  const order = shape.ordered ? '' : ' ORDER BY time';
  return `SELECT time::DOUBLE AS time, value, quality${exact} FROM (${rows(view, selection, shape)})${order}`;
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
  view: View,
  selection: Selection & { readonly every: number; readonly functions: readonly AggregateName[] },
  shape: SeriesShape,
): string {
  const { every, functions } = selection;
  // Aligned to 1970 also before it: SQL's remainder has the sign of the dividend.
  const start = `time - ((time % ${every}) + ${every}) % ${every}`;
  const results = functions.map((name, i) => `${aggregateSql[name]} AS f${i}`).join(', ');
  return `SELECT start::DOUBLE AS time, ${results} FROM (
      SELECT ${start} AS start, time, value FROM (${rows(view, selection, shape)})
      WHERE quality <> ${Quality.bad} AND NOT isnan(value)
    ) GROUP BY start ORDER BY start`;
}

/** More are not worth a list: all are counted. */
const MAX_LISTED = 1000;

/** One row per series: id, and how many distinct times it has, given that none occurs twice outside of `late`. */
export function countsSql(view: View, series: readonly number[], late: { from: number; to: number }): string {
  const condition = series.length > MAX_LISTED ? 'true' : `series IN (${series.join(', ')})`;
  const within = `time BETWEEN ${late.from} AND ${late.to}`;
  return `SELECT series::DOUBLE AS series,
      (count(*) FILTER (NOT (${within})) + count(DISTINCT time) FILTER (${within}))::DOUBLE AS samples
    FROM (${source(view, condition)}) GROUP BY series`;
}

const qualitySql = `CASE quality WHEN ${Quality.good} THEN 'good' WHEN ${Quality.uncertain} THEN 'uncertain' ELSE 'bad' END`;

/** Rows as a file holds them: time as a UTC timestamp, the value in the type that holds all the series' kinds exactly. */
export function samplesFileSql(view: View, selection: Selection, shape: SeriesShape): string {
  const order = shape.ordered ? '' : ' ORDER BY time';
  return `SELECT make_timestamptz(time) AS time, ${exactValueSql(shape.kinds)} AS value, ${qualitySql} AS quality
    FROM (${rows(view, selection, shape)})${order}`;
}

function exactValueSql(kinds: number): string {
  switch (kinds) {
    case 0:
    case 1 << Kind.double:
      return 'value';
    case 1 << Kind.boolean:
      return '(value <> 0)';
    case 1 << Kind.int64:
      return 'integer';
    case 1 << Kind.uint64:
      return UINT64_SQL;
    case 1 << Kind.text:
      return 'text';
    default:
      return `CASE kind
        WHEN ${Kind.double} THEN value::VARCHAR
        WHEN ${Kind.boolean} THEN CASE WHEN value <> 0 THEN 'true' ELSE 'false' END
        WHEN ${Kind.int64} THEN integer::VARCHAR
        WHEN ${Kind.uint64} THEN ${UINT64_SQL}::VARCHAR
        ELSE text END`;
  }
}

/** The same 64 bits as an unsigned number. */
const UINT64_SQL =
  '(CASE WHEN integer >= 0 THEN integer::HUGEINT ELSE integer::HUGEINT + 18446744073709551616 END)::UBIGINT';

export function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
