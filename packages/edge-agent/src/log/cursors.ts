import type { Cursor, CursorChange } from './log.ts';
import type { LogFile } from './log-file.ts';

/*
 * Cursors commit with the entries that they stand for, in one transaction of one file. Each new file starts with all of
 * them, so that the newest file alone tells where every source has come to.
 *
 * When the newest file is lost, so are its entries, and the file before it has the cursors from before those entries: the
 * sources read them once more.
 */

/** Made when a file gets its first cursor: files from before there were cursors lack it. */
const schema = `
  CREATE TABLE IF NOT EXISTS cursor (
    source TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (source, key)
  ) STRICT, WITHOUT ROWID;
`;

/** The cursors of all sources. */
export class Cursors {
  #bySource = new Map<string, Map<string, string>>();

  get all(): Cursor[] {
    return [...this.#bySource].flatMap(([source, values]) =>
      Array.from(values, ([key, value]) => ({ source, key, value })),
    );
  }

  /** Takes over what a file holds, in place of what was known. */
  recover(file: LogFile): void {
    this.#bySource = new Map();
    if (!file.hasTable('cursor')) return;
    this.apply(file.statement('SELECT source, key, value FROM cursor').all() as Cursor[]);
  }

  /** Writes changes within a transaction; they count from {@link apply} on. */
  write(file: LogFile, changes: readonly CursorChange[]): void {
    if (changes.length === 0) return;
    file.execute(schema);
    for (const { source, key, value } of changes) {
      if (value === null) file.statement('DELETE FROM cursor WHERE source = ? AND key = ?').run(source, key);
      else
        file.statement('INSERT OR REPLACE INTO cursor (source, key, value) VALUES (?, ?, ?)').run(source, key, value);
    }
  }

  apply(changes: readonly CursorChange[]): void {
    for (const { source, key, value } of changes) {
      let values = this.#bySource.get(source);
      if (!values) this.#bySource.set(source, (values = new Map()));
      if (value === null) values.delete(key);
      else values.set(key, value);
    }
  }
}
