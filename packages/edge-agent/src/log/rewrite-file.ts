import { statSync } from 'node:fs';
import { removeFile } from './folder.ts';
import { LogFile } from './log-file.ts';

/** What a file holds when it is written again: all of its tables but `table`, and of that what `fill` puts into it. */
export interface Rewritten {
  readonly table: string;
  readonly pageBytes: number;
  fill(files: { source: LogFile; target: LogFile }): void;
}

/** Writes a sealed file from another, and returns its bytes. What an error leaves of it is to be removed. */
export function writeAgain(path: string, source: LogFile, { table, pageBytes, fill }: Rewritten): number {
  removeFile(path);
  const target = LogFile.createSealed(path, { pageBytes });
  try {
    target.transaction(() => {
      copyTables(source, target, table);
      fill({ source, target });
    });
  } finally {
    target.close();
  }
  return statSync(path).size;
}

/** Makes all tables of `source`, and fills those other than `table` with what is in them. */
function copyTables(source: LogFile, target: LogFile, table: string): void {
  target.execute(`PRAGMA user_version = ${source.format}`);
  const tables = source.statement("SELECT name, sql FROM sqlite_schema WHERE type = 'table'").all();
  for (const { name, sql } of tables as { name: string; sql: string }[]) {
    target.execute(sql);
    if (name === table) continue;
    for (const row of source.statement(`SELECT * FROM ${name}`).raw().iterate()) {
      const values = row as unknown[];
      target.statement(`INSERT INTO ${name} VALUES (${values.map(() => '?').join(', ')})`).run(...values);
    }
  }
}
