import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import type { Sample, SampleValue } from '@sluis/plugin-sdk/testing';
import { END } from './input.ts';

/** Where windows begin, as SQL: a table `windowed` of `kept` rows, each with its window's `start` and `until`. */
export const windowed = {
  tumbling: (every: number) => `
    SELECT *, (time // ${every}) * ${every} AS start, (time // ${every} + 1) * ${every} AS until FROM kept`,
  hopping: (every: number, size: number) => `
    SELECT kept.*, start, start + ${size} AS until
    FROM kept, range(0, ${size} // ${every} + 1) AS hops(hop), LATERAL (SELECT (time // ${every} - hop) * ${every} AS start)
    WHERE time < start + ${size}`,
  sliding: (size: number) => `
    SELECT kept.*, ends.time AS start, ends.time AS until
    FROM kept JOIN kept AS ends ON kept.series = ends.series AND kept.time > ends.time - ${size} AND kept.time <= ends.time`,
  session: (gap: number) => segments(`coalesce(time - lag(time) OVER own >= ${gap}, true)`, 'max(time) OVER segment'),
  count: (most: number) => segments(`(row_number() OVER own - 1) % ${most} = 0`, 'max(time) OVER segment'),
  state: () =>
    segments(
      'state IS DISTINCT FROM lag(state) OVER own',
      `coalesce(min(CASE WHEN begins THEN time END) OVER (PARTITION BY series ORDER BY time
        ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING), max(time) OVER segment)`,
    ),
};

/** `begins`: true of a sample with which a window begins. */
function segments(begins: string, until: string): string {
  return `
    WITH marked AS (SELECT *, ${begins} AS begins FROM kept WINDOW own AS (PARTITION BY series ORDER BY time)),
    numbered AS (SELECT *, count(*) FILTER (begins) OVER (PARTITION BY series ORDER BY time) AS number FROM marked),
    ended AS (SELECT *, ${until} AS until FROM numbered WINDOW segment AS (PARTITION BY series, number))
    SELECT * REPLACE (max(until) OVER segment AS until), min(time) OVER segment AS start
    FROM ended WINDOW segment AS (PARTITION BY series, number)`;
}

/** What SQL says of each window, as text: by series, aggregate and start. */
export interface SqlWindow {
  readonly series: string;
  readonly start: number;
  /** False for one that has one of the last samples. */
  readonly isClosed: boolean;
  readonly quality: string;
  /** Sum of all absolute values: what sums of them are rounded by is a share of it. */
  readonly size: number;
  readonly found: Readonly<Record<string, number | string | null>>;
}

/** A value as text, apart by kind. */
export function textOf(value: SampleValue): string {
  return `${typeof value} ${String(value)}`;
}

/** Computes windows by DuckDB over samples in order of time, of which the last of each time counts if it has a value. */
export async function sqlWindows(rows: readonly Sample[], definition: string): Promise<SqlWindow[]> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  try {
    await load(connection, rows);
    const reader = await connection.runAndReadAll(`
      WITH windowed AS (${definition}),
      held AS (
        SELECT *, coalesce(lead(time) OVER (PARTITION BY series, start ORDER BY time), until) - time AS held FROM windowed)
      SELECT series, start::DOUBLE AS start, max(time) < ${END} AS isClosed,
        sum(abs(value)) AS size, count(*)::DOUBLE AS count, sum(value) AS sum, avg(value) AS mean, min(value) AS min, max(value) AS max,
        CASE WHEN any_value(until) > min(time) THEN sum(value * held) / (any_value(until) - min(time)) ELSE max(value) END
          AS timeWeightedMean,
        arg_min(value, time) AS first, arg_max(value, time) AS last, stddev_samp(value) AS stddev,
        max(value) - min(value) AS range, (any_value(until) - min(time)) / 1e6 AS duration,
        quantile_disc(value, 0.5) AS p50, quantile_disc(value, 0.999) AS "p99.9", arg_min(state, time) AS state,
        CASE WHEN bool_or(uncertain) THEN 'uncertain' ELSE 'good' END AS quality
      FROM held GROUP BY series, start`);
    return reader.getRowObjects().map(({ series, start, isClosed, quality, size, ...found }) => ({
      series: String(series),
      start: Number(start),
      isClosed: isClosed === true,
      quality: String(quality),
      size: Number(size),
      found: found as SqlWindow['found'],
    }));
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

async function load(connection: DuckDBConnection, rows: readonly Sample[]): Promise<void> {
  await connection.run(
    'CREATE TABLE sent (series VARCHAR, time BIGINT, value DOUBLE, state VARCHAR, uncertain BOOLEAN, place INTEGER)',
  );
  const appender = await connection.createAppender('sent');
  rows.forEach(({ series, time, value, quality }, place) => {
    appender.appendVarchar(series);
    appender.appendBigInt(BigInt(time));
    if (quality === 'bad' || Number.isNaN(value)) {
      appender.appendNull();
      appender.appendNull();
    } else {
      appender.appendDouble(typeof value === 'string' ? 0 : Number(value));
      appender.appendVarchar(textOf(value));
    }
    appender.appendBoolean(quality === 'uncertain');
    appender.appendInteger(place);
    appender.endRow();
  });
  appender.closeSync();
  await connection.run(`CREATE TABLE kept AS SELECT * FROM (
    SELECT * FROM sent QUALIFY row_number() OVER (PARTITION BY series, time ORDER BY place DESC) = 1) WHERE state IS NOT NULL`);
}
