import type Database from 'better-sqlite3';
import { openDatabase } from '../../packages/cloud-hub/src/store/database.ts';

/**
 * The hub's database, one for all simulations of a process: to open one and to prepare what it is asked takes longer than
 * most simulations do with it. A hub that is started again after a crash goes on with the connection of the one before:
 * what was committed is there, and nothing else ever was. A folder that was put back is opened.
 */
export class StoreFile implements Disposable {
  #folder: string | undefined;
  #database: Database.Database | undefined;
  /** By table: what an empty store has in it. */
  #initial: { readonly table: string; readonly rows: readonly unknown[][] }[] | undefined;

  open(folder: string): Database.Database {
    if (this.#database && folder === this.#folder) return this.#database;
    this[Symbol.dispose]();
    const database = (this.#database = openDatabase(folder));
    this.#folder = folder;
    rememberStatements(database);
    return database;
  }

  /** Makes an empty store of the one in `folder`, or a new one. */
  empty(folder: string): void {
    const database = this.open(folder);
    const tables = database.prepare<[], { name: string }>("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
    this.#initial ??= tables.map(({ name }) => {
      return { table: name, rows: database.prepare<[], unknown[]>(`SELECT * FROM ${name}`).raw().all() };
    });
    database.exec('BEGIN; PRAGMA defer_foreign_keys = ON');
    for (const { table, rows } of this.#initial) {
      database.prepare(`DELETE FROM ${table}`).run();
      for (const row of rows)
        database.prepare(`INSERT INTO ${table} VALUES (${row.map(() => '?').join(', ')})`).run(...row);
    }
    database.exec('COMMIT');
  }

  [Symbol.dispose](): void {
    this.#database?.close();
    this.#database = undefined;
  }
}

/** The same text gives the same statement, also to the store of the hub's next life. */
function rememberStatements(database: Database.Database): void {
  const statements = new Map<string, Database.Statement>();
  const prepare = database.prepare.bind(database);
  database.prepare = ((source: string) => {
    let statement = statements.get(source);
    if (!statement) statements.set(source, (statement = prepare(source)));
    return statement;
  }) as typeof database.prepare;
}
