import type { DuckDBAppender, DuckDBConnection } from '@duckdb/node-api';
import { type Columns, Kind, letGoOfRows, type SeriesDefinition } from '@sluis/protocol';
import { describe } from '@sluis/runtime';
import type { FileView } from '../store/sample-files.ts';
import { columnsFor, definitionSql, HotChunk, type HotColumn, rowBytes } from './hot-columns.ts';
import { type HotSegment, hubRowsOf } from './hot-rows.ts';
import type { HotTable, Views } from './view.ts';

/** The database within DuckDB that holds hot tables: in memory, and compressed there by checkpoints. */
const CATALOG = 'hot';
/** As SQL, a table with columns id and path: of all series, so that no job has to be told a million of them. */
export const SERIES = `${CATALOG}.main.series`;
/** DuckDB would checkpoint within a flush, on this thread; it is done when a table is full instead, beside it. */
const NEVER = '1TB';
/**
 * So many bytes of full tables stay as they are: nearly always files take them over within seconds, and compressing them,
 * which holds up loading for a second or more and costs as much as writing them to a file, would be for nothing.
 */
const UNCOMPRESSED_BYTES = 160 << 20;
/** A table is full, too, once its texts take so many bytes: each row has its own copy, of up to 256 KiB. */
const TEXT_BYTES_PER_TABLE = 32 << 20;

interface HotTablesOptions {
  readonly connection: DuckDBConnection;
  readonly rowsPerTable: number;
  readonly views: Views;
}

/** The table that rows go to. */
interface Newest {
  readonly table: { -readonly [Key in keyof HotTable]: HotTable[Key] };
  readonly segments: HotSegment[];
  /** Columns that its rows need so far: the next table begins with these. */
  used: ReadonlySet<HotColumn>;
  textBytes: number;
}

/**
 * The tables of hot rows, a new one every so many rows. A table that is full takes no more rows: its segments may be
 * written to files.
 *
 * A table is its segments until a query reads it: then {@link fill} brings into DuckDB what has come since the last one
 * that did. Most rows are in a file before anybody asks for them.
 *
 * A table has the columns that its rows need: of most nothing is known but that they are good doubles. It begins with
 * those that the one before has used, so that another is begun for want of a column only where what comes has changed.
 */
export class HotTables {
  readonly #connection: DuckDBConnection;
  readonly #rowsPerTable: number;
  readonly #views: Views;
  readonly #seriesAppender: DuckDBAppender;
  /** Ids up to this are in {@link SERIES}. */
  #named = 0;
  #newest: Newest | undefined;
  #created = 0;
  #chunk = new HotChunk(new Set());
  /** By the newest table, or the one before it. */
  #used: ReadonlySet<HotColumn> = new Set();
  /** How many of its segments are in DuckDB, by table. */
  readonly #filled = new Map<HotTable, number>();
  /** Bytes of full tables that are not compressed. */
  readonly #uncompressed = new Map<HotTable, number>();
  /** What changes tables in DuckDB, one after another. */
  #changes: Promise<unknown> = Promise.resolve();

  private constructor({
    connection,
    rowsPerTable,
    views,
    seriesAppender,
  }: HotTablesOptions & { readonly seriesAppender: DuckDBAppender }) {
    this.#seriesAppender = seriesAppender;
    this.#connection = connection;
    this.#rowsPerTable = rowsPerTable;
    this.#views = views;
  }

  static async create(options: HotTablesOptions): Promise<HotTables> {
    await options.connection.run(`SET checkpoint_threshold = '${NEVER}'`);
    await options.connection.run(`ATTACH ':memory:' AS ${CATALOG} (COMPRESS)`);
    await options.connection.run(`CREATE TABLE ${SERIES} (id UINTEGER, path VARCHAR)`);
    const seriesAppender = await options.connection.createAppender('series', 'main', CATALOG);
    return new HotTables({ ...options, seriesAppender });
  }

  /** Ids of the segments at which full tables end, ascending. */
  get full(): number[] {
    const full = this.#views.current.hot.filter((table) => table !== this.#newest?.table || this.#isFull());
    return full.map((table) => table.lastSegment);
  }

  /** Takes note of series that are defined, the ids from `first` on; of what is known already there is nothing to note. */
  name(first: number, series: readonly SeriesDefinition[]): void {
    for (const { path } of series.slice(Math.max(0, this.#named + 1 - first))) {
      this.#seriesAppender.appendUInteger(++this.#named);
      this.#seriesAppender.appendVarchar(path);
      this.#seriesAppender.endRow();
    }
  }

  /** Takes the rows of `source`, with the hub's ids of their series; `segment` is its id. */
  append(rows: Columns, { segment, source }: { segment: number; source: HotSegment }): void {
    const newest = this.#roomFor(rows);
    const { table } = newest;
    newest.segments.push(source);
    let { firstTime, lastTime, negativeZero } = table;
    for (let row = 0; row < rows.length; row++) {
      const time = rows.time[row];
      if (time < firstTime) firstTime = time;
      if (time > lastTime) lastTime = time;
      negativeZero ||= Object.is(rows.value[row], -0);
    }
    Object.assign(table, { firstTime, lastTime, negativeZero });
    table.rows += rows.length;
    table.firstSegment = Math.min(table.firstSegment, segment);
    table.lastSegment = segment;
    newest.textBytes += textBytes(rows);
  }

  #roomFor(rows: Columns): Newest {
    const needed = columnsFor(rows);
    if (this.#newest && !this.#isFull() && needed.isSubsetOf(this.#newest.table.columns)) {
      this.#newest.used = this.#newest.used.union(needed);
      return this.#newest;
    }
    this.seal();
    const segments: HotSegment[] = [];
    const table = {
      name: `${CATALOG}.main.hot_${++this.#created}`,
      columns: this.#used.union(needed),
      rows: 0,
      segments,
      firstSegment: Infinity,
      lastSegment: Infinity,
      firstTime: Infinity,
      lastTime: -Infinity,
      negativeZero: false,
    };
    this.#newest = { table, segments, used: needed, textBytes: 0 };
    this.#views.addTable(table);
    return this.#newest;
  }

  /** Brings all rows that these tables have now into DuckDB: call it, of a view that was taken, before SQL reads them. */
  fill(tables: readonly HotTable[]): Promise<void> {
    return this.#change(async () => {
      for (const table of tables) await this.#fill(table);
    });
  }

  async #fill(table: HotTable): Promise<void> {
    const { name, columns, segments } = table;
    let filled = this.#filled.get(table);
    if (filled === segments.length) return;
    if (filled === undefined) await this.#connection.run(`CREATE OR REPLACE TABLE ${name} (${definitionSql(columns)})`);
    if (columns.symmetricDifference(this.#chunk.columns).size > 0) this.#chunk = new HotChunk(columns);
    const appender = await this.#connection.createAppender(name.slice(name.lastIndexOf('.') + 1), 'main', CATALOG);
    // Of one that fails midway nobody knows how much is there: it begins anew.
    this.#filled.delete(table);
    try {
      for (filled ??= 0; filled < segments.length; filled++) {
        const rows = hubRowsOf(segments[filled]);
        if (!rows) continue;
        for (const chunk of this.#chunk.chunksOf(rows, segments[filled].ord)) appender.appendDataChunk(chunk);
        letGoOfRows(rows);
        await new Promise((resolve) => setImmediate(resolve));
      }
    } finally {
      appender.closeSync();
    }
    this.#filled.set(table, filled);
  }

  #change<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#changes.then(work);
    // Who asked for it is told of a failure; the next change is made all the same.
    this.#changes = done.catch(() => undefined);
    return done;
  }

  /**
   * From now on queries read the files of `view` instead of the tables whose segments these hold.
   * @throws Error if a table has rows on both sides: it would be read twice or not at all.
   */
  swap(view: FileView): void {
    for (const { name, firstSegment, lastSegment } of this.#views.current.hot) {
      if (firstSegment <= view.through && view.through < lastSegment)
        throw new Error(
          `files hold segments up to ${view.through}, and ${name} those from ${firstSegment} to ${lastSegment}`,
        );
    }
    if (this.#newest && this.#newest.table.lastSegment <= view.through) this.seal();
    this.#views.swap(view);
  }

  /** Drops tables that the files have replaced and that nobody reads any more. */
  async dropUnread(): Promise<void> {
    for (const table of this.#views.takeUnread()) {
      this.#filled.delete(table);
      await this.#change(() => this.#connection.run(`DROP TABLE IF EXISTS ${table.name}`));
    }
  }

  /** No more rows come to the newest table, if any segment has come to it: it counts as full. */
  seal(): void {
    if (!this.#newest || this.#newest.table.lastSegment === Infinity) return;
    const { table, used, textBytes } = this.#newest;
    this.#uncompressed.set(table, table.rows * rowBytes(table.columns) + textBytes);
    this.#used = used;
    this.#newest = undefined;
  }

  #isFull(): boolean {
    if (!this.#newest) return false;
    return this.#newest.table.rows >= this.#rowsPerTable || this.#newest.textBytes >= TEXT_BYTES_PER_TABLE;
  }

  /** Series named so far become visible. */
  flush(): void {
    this.#seriesAppender.flushSync();
  }

  /**
   * Compresses tables that are full to a tenth, beside running queries, if more wait for files than may stay as they are.
   * DuckDB refuses while the traces of some queries are there: nothing is lost then, and the next call tries again. While
   * one of the tables holds a -0 none is compressed: DuckDB takes it for 0 then (https://github.com/duckdb/duckdb/issues/25580).
   * @returns why it did not work this time
   */
  compress(): Promise<string | undefined> {
    return this.#change(async () => {
      const { hot } = this.#views.current;
      let bytes = 0;
      const there: HotTable[] = [];
      for (const [table, ofTable] of this.#uncompressed) {
        if (!hot.includes(table)) this.#uncompressed.delete(table);
        else if (this.#filled.get(table) === table.segments.length) {
          bytes += ofTable;
          there.push(table);
        }
      }
      if (bytes <= UNCOMPRESSED_BYTES || hot.some(({ negativeZero }) => negativeZero)) return undefined;
      try {
        await this.#connection.run(`CHECKPOINT ${CATALOG}`);
        for (const table of there) this.#uncompressed.delete(table);
        return undefined;
      } catch (error) {
        return describe(error);
      }
    });
  }
}

/** Bytes of UTF-8 of all texts, each as often as it occurs. */
function textBytes({ length, kind, text, texts }: Columns): number {
  if (!kind || !text || !texts) return 0;
  const sizes = texts.map((one) => Buffer.byteLength(one));
  let bytes = 0;
  for (let row = 0; row < length; row++) if (kind[row] === Kind.text) bytes += sizes[text[row]];
  return bytes;
}
