import type { DuckDBAppender, DuckDBConnection } from '@duckdb/node-api';

/*
 * Temporary tables of a connection that bring what the index knows into a statement. A table that is there is replaced.
 */

/** Which path an id has, for what reads both hot tables, which know the one, and files, which know the other. */
export function nameSeries(
  connection: DuckDBConnection,
  table: string,
  series: Iterable<readonly [id: number, path: string]>,
): Promise<void> {
  return fill(connection, `${table} (id UINTEGER, path VARCHAR)`, table, series, (appender, [id, path]) => {
    appender.appendUInteger(id);
    appender.appendVarchar(path);
  });
}

/** The same with the cut of each series, in µs. */
export function countSeries(
  connection: DuckDBConnection,
  table: string,
  series: Iterable<readonly [id: number, path: string, cut: number]>,
): Promise<void> {
  const definition = `${table} (id UINTEGER, path VARCHAR, cut BIGINT)`;
  return fill(connection, definition, table, series, (appender, [id, path, cut]) => {
    appender.appendUInteger(id);
    appender.appendVarchar(path);
    appender.appendBigInt(BigInt(cut));
  });
}

async function fill<Row>(
  connection: DuckDBConnection,
  definition: string,
  table: string,
  rows: Iterable<Row>,
  append: (appender: DuckDBAppender, row: Row) => void,
): Promise<void> {
  await connection.run(`CREATE OR REPLACE TEMP TABLE ${definition}`);
  const appender = await connection.createAppender(table, null, 'temp');
  try {
    for (const row of rows) {
      append(appender, row);
      appender.endRow();
    }
  } finally {
    appender.closeSync();
  }
}
