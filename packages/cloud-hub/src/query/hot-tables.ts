import { type Columns, Kind } from '@sluis/protocol';
import { describe } from '@sluis/runtime';
import {
  BIGINT,
  DOUBLE,
  type DuckDBAppender,
  type DuckDBConnection,
  DuckDBDataChunk,
  UBIGINT,
  UINTEGER,
  USMALLINT,
  UTINYINT,
  VARCHAR,
} from '@duckdb/node-api';
import duckdb, { type Vector } from '@duckdb/node-bindings';
import type { FileView } from '../store/sample-files.ts';
import type { HotTable, Views } from './view.ts';

/** A sample's place in the log: 16 bits of epoch ordinal, 2 of lane, 46 of sequence. Within a segment an identity occurs once. */
const columnTypes = [
  ['series', UINTEGER, 4],
  ['time', BIGINT, 8],
  ['value', DOUBLE, 8],
  ['quality', UTINYINT, 1],
  ['kind', UTINYINT, 1],
  ['revision', USMALLINT, 2],
  ['ord', UBIGINT, 8],
  ['integer', BIGINT, 8],
  ['text', VARCHAR, 16],
] as const;
const column = { series: 0, time: 1, value: 2, quality: 3, kind: 4, revision: 5, ord: 6, integer: 7, text: 8 } as const;

/** The database within DuckDB that holds hot tables: in memory, and compressed there by checkpoints. */
const CATALOG = 'hot';
/** DuckDB would checkpoint within a flush, on this thread; it is done when a table is full instead, beside it. */
const NEVER = '1TB';
/**
 * So many rows of full tables stay as they are: nearly always files take them over within seconds, and compressing them,
 * which holds up loading for a second or more, would be for nothing. It is one table of the usual size, which is full
 * with up to a segment more than its rows. Some 160 MB.
 */
const UNCOMPRESSED_ROWS = 2_500_000;
/** A table is full, too, once its texts take so many bytes: each row has its own copy, of up to 256 KiB. */
const TEXT_BYTES_PER_TABLE = 64 << 20;
const CHUNK_ROWS = duckdb.vector_size();
const TWO_32 = 2 ** 32;

interface HotTablesOptions {
  readonly connection: DuckDBConnection;
  readonly rowsPerTable: number;
  readonly views: Views;
}

type Growing = { -readonly [Key in keyof HotTable]: HotTable[Key] };

/**
 * The tables that hot rows are appended to, a new one every so many rows. What is appended is visible to queries that
 * begin after {@link flush}. A table that is full takes no more rows: its segments may be written to files.
 *
 * Columns are copied into DuckDB's vectors as memory: a quarter of the time that JavaScript values take.
 */
export class HotTables {
  readonly #connection: DuckDBConnection;
  readonly #rowsPerTable: number;
  readonly #views: Views;
  #appender: DuckDBAppender | undefined;
  #newest: Growing | undefined;
  #created = 0;
  /** Of the newest. */
  #textBytes = 0;
  /** Tables that hold a -0. */
  readonly #negativeZero = new WeakSet<HotTable>();
  /** Full tables that are not compressed. */
  #uncompressed: readonly HotTable[] = [];
  readonly #chunk = DuckDBDataChunk.create(columnTypes.map(([, type]) => type));
  readonly #noneValid = new Uint8Array(CHUNK_ROWS / 8);
  readonly #zeros = new Uint8Array(CHUNK_ROWS * 8);
  readonly #times = new Uint32Array(CHUNK_ROWS * 2);
  readonly #ords = new BigUint64Array(CHUNK_ROWS);
  readonly #validity = new Uint8Array(CHUNK_ROWS / 8);

  private constructor({ connection, rowsPerTable, views }: HotTablesOptions) {
    this.#connection = connection;
    this.#rowsPerTable = rowsPerTable;
    this.#views = views;
  }

  static async create(options: HotTablesOptions): Promise<HotTables> {
    await options.connection.run(`SET checkpoint_threshold = '${NEVER}'`);
    await options.connection.run(`ATTACH ':memory:' AS ${CATALOG} (COMPRESS)`);
    return new HotTables(options);
  }

  /** Ids of the segments at which full tables end, ascending. */
  get full(): number[] {
    const full = this.#views.current.hot.filter((table) => table !== this.#newest || this.#isFull(table));
    return full.map((table) => table.lastSegment);
  }

  /** Makes room for a segment: call before `append`, and await it. */
  async rotate(): Promise<void> {
    if (this.#newest && !this.#isFull(this.#newest)) return;
    this.seal();
    const name = `hot_${++this.#created}`;
    const columns = columnTypes.map(([columnName, type]) => `${columnName} ${type}`).join(', ');
    await this.#connection.run(`CREATE TABLE ${CATALOG}.main.${name} (${columns})`);
    this.#appender = await this.#connection.createAppender(name, 'main', CATALOG);
    this.#textBytes = 0;
    this.#newest = {
      name: `${CATALOG}.main.${name}`,
      rows: 0,
      firstSegment: Infinity,
      lastSegment: Infinity,
      firstTime: Infinity,
      lastTime: -Infinity,
    };
    this.#views.addTable(this.#newest);
  }

  /** `columns.series` are the hub's ids; `ord` is the same for all rows of the segment. */
  append(columns: Columns, { segment, ord }: { segment: number; ord: bigint }): void {
    const table = this.#newest;
    if (!this.#appender || !table) throw new Error('rotate() comes before append()');
    this.#ords.fill(ord);
    for (let start = 0; start < columns.length; start += CHUNK_ROWS) {
      const rows = Math.min(CHUNK_ROWS, columns.length - start);
      this.#chunk.reset();
      this.#chunk.rowCount = rows;
      this.#fill(columns, start, rows);
      this.#appender.appendDataChunk(this.#chunk);
    }
    let negativeZero = false;
    for (let row = 0; row < columns.length; row++) {
      const time = columns.time[row];
      if (time < table.firstTime) table.firstTime = time;
      if (time > table.lastTime) table.lastTime = time;
      negativeZero ||= Object.is(columns.value[row], -0);
    }
    if (negativeZero) this.#negativeZero.add(table);
    table.rows += columns.length;
    table.firstSegment = Math.min(table.firstSegment, segment);
    table.lastSegment = segment;
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
    if (this.#newest && this.#newest.lastSegment <= view.through) this.seal();
    this.#views.swap(view);
  }

  /** Drops tables that the files have replaced and that nobody reads any more. */
  async dropUnread(): Promise<void> {
    for (const { name } of this.#views.takeUnread()) await this.#connection.run(`DROP TABLE ${name}`);
  }

  /** No more rows come to the newest table, if any segment has come to it: it counts as full. */
  seal(): void {
    if (!this.#newest || this.#newest.lastSegment === Infinity) return;
    this.#uncompressed = [...this.#uncompressed, this.#newest];
    this.#appender?.closeSync();
    this.#appender = undefined;
    this.#newest = undefined;
  }

  #isFull(table: HotTable): boolean {
    return table.rows >= this.#rowsPerTable || (table === this.#newest && this.#textBytes >= TEXT_BYTES_PER_TABLE);
  }

  /** Rows appended so far become visible. */
  flush(): void {
    this.#appender?.flushSync();
  }

  /**
   * Compresses tables that are full to a tenth, beside running queries, if more wait for files than may stay as they are.
   * DuckDB refuses while the traces of some queries are there: nothing is lost then, and the next call tries again. While
   * one of the tables holds a -0 none is compressed: DuckDB takes it for 0 then (https://github.com/duckdb/duckdb/issues/25580).
   * @returns why it did not work this time
   */
  async compress(): Promise<string | undefined> {
    const { hot } = this.#views.current;
    this.#uncompressed = this.#uncompressed.filter((table) => hot.includes(table));
    if (this.#uncompressed.reduce((rows, table) => rows + table.rows, 0) <= UNCOMPRESSED_ROWS) return undefined;
    if (hot.some((table) => this.#negativeZero.has(table))) return undefined;
    try {
      await this.#connection.run(`CHECKPOINT ${CATALOG}`);
      this.#uncompressed = [];
      return undefined;
    } catch (error) {
      return describe(error);
    }
  }

  #fill(columns: Columns, start: number, rows: number): void {
    this.#put(column.series, columns.series, start, rows);
    this.#putTimes(columns.time, start, rows);
    this.#put(column.value, columns.value, start, rows);
    this.#put(column.quality, columns.quality, start, rows);
    this.#put(column.kind, columns.kind, start, rows);
    this.#put(column.revision, columns.revision, start, rows);
    this.#put(column.ord, this.#ords, 0, rows);
    if (columns.integer) this.#put(column.integer, columns.integer, start, rows);
    else this.#putNulls(column.integer, rows);
    if (columns.text && columns.kind) this.#putTexts(columns, columns.text, columns.kind, start, rows);
    else this.#putNulls(column.text, rows);
  }

  #vector(index: number): Vector {
    return duckdb.data_chunk_get_vector(this.#chunk.chunk, index);
  }

  /** A column that is absent is all zeros. */
  #put(
    index: number,
    from: Uint8Array | Uint16Array | Uint32Array | Float64Array | BigInt64Array | BigUint64Array | undefined,
    start: number,
    rows: number,
  ): void {
    const width = columnTypes[index][2];
    const source = from ?? this.#zeros;
    const offset = from ? from.byteOffset + start * width : 0;
    duckdb.copy_data_to_vector(this.#vector(index), 0, source.buffer as ArrayBuffer, offset, rows * width);
  }

  /** Whole µs as doubles into 64-bit integers, by halves: BigInt would cost more than all the rest. */
  #putTimes(time: Float64Array, start: number, rows: number): void {
    const times = this.#times;
    for (let i = 0; i < rows; i++) {
      const t = time[start + i];
      const high = Math.floor(t / TWO_32);
      times[2 * i] = t - high * TWO_32;
      times[2 * i + 1] = high;
    }
    this.#put(column.time, times, 0, rows);
  }

  #putNulls(index: number, rows: number): void {
    const vector = this.#vector(index);
    duckdb.vector_ensure_validity_writable(vector);
    duckdb.copy_data_to_vector_validity(vector, 0, this.#noneValid.buffer as ArrayBuffer, 0, validityBytes(rows));
  }

  #putTexts({ texts }: Columns, text: Uint32Array, kind: Uint8Array, start: number, rows: number): void {
    const vector = this.#vector(column.text);
    this.#validity.fill(0);
    for (let i = 0; i < rows; i++) {
      if (kind[start + i] !== Kind.text) continue;
      const bytes = Buffer.from(texts?.[text[start + i]] ?? '');
      duckdb.vector_assign_string_element_len(vector, i, bytes);
      this.#textBytes += bytes.byteLength;
      this.#validity[i >> 3] |= 1 << (i & 7);
    }
    duckdb.vector_ensure_validity_writable(vector);
    duckdb.copy_data_to_vector_validity(vector, 0, this.#validity.buffer as ArrayBuffer, 0, validityBytes(rows));
  }
}

/** Validity is kept in words of 64 rows. */
function validityBytes(rows: number): number {
  return Math.ceil(rows / 64) * 8;
}
