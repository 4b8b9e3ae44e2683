import type Database from 'better-sqlite3';

/** UTF-8 bytes of the paths of all series: read when they are first asked for, then counted. */
export class PathBytes {
  readonly #database: Database.Database;
  #total: number | undefined;

  constructor(database: Database.Database) {
    this.#database = database;
  }

  get total(): number {
    this.#total ??= this.#database
      .prepare('SELECT coalesce(sum(octet_length(path)), 0) FROM series')
      .pluck()
      .get() as number;
    return this.#total;
  }

  /** A series was added. */
  add(bytes: number): void {
    if (this.#total !== undefined) this.#total += bytes;
  }

  /** What was added is undone. */
  forget(): void {
    this.#total = undefined;
  }
}
