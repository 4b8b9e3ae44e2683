import { type SampleFile } from '../store/sample-files.ts';

/*
 * SQL over files of samples and their sidecars. Numbers in it are whole and come checked; names are always quoted.
 */

/** Columns of a sample as a file holds them, see SampleFile. */
export const fileColumns = [
  'series',
  'time',
  'value',
  'quality',
  'kind',
  'revision',
  'ord',
  'integer',
  'text',
] as const;

/** The same for a SELECT. */
export const fileColumnsSql = fileColumns.map((name) => `"${name}"`).join(', ');

export function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** @throws RangeError for what is no whole number of µs within the times that a sample can have. */
export function timestamp(micros: number): string {
  if (!Number.isInteger(micros) || Math.abs(micros) > 2 ** 53) throw new RangeError(`${micros} is no time`);
  return `make_timestamptz(${micros})`;
}

/** Exactly these, in this order: what else lies in their folder does not count. */
export function readFiles(paths: readonly string[]): string {
  return `read_parquet([${paths.map(quoted).join(', ')}])`;
}

export function readSamples(files: readonly SampleFile[]): string {
  return readFiles(files.map(({ path }) => path));
}

/**
 * An option of COPY for doubles that may have zeros of both signs: DuckDB's dictionaries take them for one value and give
 * all the sign of the first (https://github.com/duckdb/duckdb/issues/25781).
 */
export const WITHOUT_DICTIONARIES = 'DICTIONARY_SIZE_LIMIT 1';

/**
 * What the index must know of each series in a file: one row per series, ascending by path. `latest_` columns are those
 * of its row with the greatest time, of which a file has one.
 */
export function summarySql(path: string): string {
  const latest = fileColumns.filter((name) => name !== 'series' && name !== 'time');
  return `SELECT path, rows, first, last, kinds, ${latest.map((name) => `latest."${name}" AS latest_${name}`).join(', ')}
    FROM (SELECT series AS path, count(*) AS rows, min(time) AS first, max(time) AS last,
        bit_or(1::UTINYINT << kind) AS kinds,
        arg_max({${latest.map((name) => `"${name}": "${name}"`).join(', ')}}, time) AS latest
      FROM ${readFiles([path])} GROUP BY series) ORDER BY path`;
}
