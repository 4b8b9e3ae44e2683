import { type Columns, Kind } from '@sluis/protocol';
import {
  BIGINT,
  DOUBLE,
  DuckDBDataChunk,
  type DuckDBType,
  UBIGINT,
  UINTEGER,
  USMALLINT,
  UTINYINT,
  VARCHAR,
} from '@duckdb/node-api';
import duckdb, { type Vector } from '@duckdb/node-bindings';

interface ColumnType {
  readonly type: DuckDBType;
  /** Bytes of a value in a vector. */
  readonly width: number;
  /** As SQL, what the rows of a table without this column have there; a column that has none of it is in every table. */
  readonly absent?: string;
}

/** `ord` is a sample's place in the log: 16 bits of epoch ordinal, 2 of lane, 46 of sequence. Within a segment an identity occurs once. */
const columnTypes = {
  series: { type: UINTEGER, width: 4 },
  time: { type: BIGINT, width: 8 },
  value: { type: DOUBLE, width: 8 },
  ord: { type: UBIGINT, width: 8 },
  quality: { type: UTINYINT, width: 1, absent: '0::UTINYINT' },
  kind: { type: UTINYINT, width: 1, absent: '0::UTINYINT' },
  revision: { type: USMALLINT, width: 2, absent: '0::USMALLINT' },
  integer: { type: BIGINT, width: 8, absent: 'NULL::BIGINT' },
  text: { type: VARCHAR, width: 16, absent: 'NULL::VARCHAR' },
} as const satisfies Record<string, ColumnType>;

export type HotColumn = keyof typeof columnTypes;
const columnNames = Object.keys(columnTypes) as HotColumn[];
const always = columnNames.filter((name) => !('absent' in columnTypes[name]));

const CHUNK_ROWS = duckdb.vector_size();
const TWO_32 = 2 ** 32;

/** What a table must have for rows: nearly always the few that every table has. */
export function columnsFor({ quality, kind, revision, integer, text }: Columns): Set<HotColumn> {
  const needed = new Set<HotColumn>(always);
  if (!isAllZero(quality)) needed.add('quality');
  if (kind) needed.add('kind');
  if (revision) needed.add('revision');
  if (integer) needed.add('integer');
  if (text) needed.add('text');
  return needed;
}

/** Bytes of a row in a table of these columns, texts aside. */
export function rowBytes(columns: ReadonlySet<HotColumn>): number {
  return [...columns].reduce((sum, name) => sum + columnTypes[name].width, 0);
}

/** For CREATE TABLE. */
export function definitionSql(columns: ReadonlySet<HotColumn>): string {
  return present(columns)
    .map((name) => `"${name}" ${columnTypes[name].type}`)
    .join(', ');
}

/** The rows of a table with all columns that there are. */
export function rowsSql({
  name,
  columns,
}: {
  readonly name: string;
  readonly columns: ReadonlySet<HotColumn>;
}): string {
  return `(SELECT ${columnNames.map((column) => columnSql(column, columns)).join(', ')} FROM ${name})`;
}

/** A column of what has `columns`: itself, or what it is for all rows. */
function columnSql(name: HotColumn, columns: ReadonlySet<HotColumn>): string {
  return columns.has(name) ? `"${name}"` : `${absentSql(name)} AS "${name}"`;
}

/** What a column that is absent is for all rows. */
function absentSql(name: HotColumn): string {
  const { absent }: ColumnType = columnTypes[name];
  if (absent === undefined) throw new Error(`${name} is never absent`);
  return absent;
}

function present(columns: ReadonlySet<HotColumn>): HotColumn[] {
  return columnNames.filter((name) => columns.has(name));
}

/**
 * Brings rows into DuckDB's vectors as memory: a quarter of the time that JavaScript values take. Which columns a table
 * has counts for more than all else: DuckDB copies each twice and keeps statistics of it.
 */
export class HotChunk {
  readonly columns: ReadonlySet<HotColumn>;
  readonly #chunk: DuckDBDataChunk;
  /** Where each column is in the chunk. */
  readonly #places: ReadonlyMap<HotColumn, number>;
  readonly #noneValid = new Uint8Array(CHUNK_ROWS / 8);
  readonly #zeros = new Uint8Array(CHUNK_ROWS * 8);
  readonly #times = new Uint32Array(CHUNK_ROWS * 2);
  readonly #ords = new BigUint64Array(CHUNK_ROWS);
  readonly #validity = new Uint8Array(CHUNK_ROWS / 8);

  constructor(columns: ReadonlySet<HotColumn>) {
    this.columns = columns;
    const names = present(columns);
    this.#chunk = DuckDBDataChunk.create(names.map((name) => columnTypes[name].type));
    this.#places = new Map(names.map((name, place) => [name, place]));
  }

  /**
   * All rows, a chunk at a time, each to be used before the next is taken; `ord` is the same for all. The table must have
   * {@link columnsFor} them.
   */
  *chunksOf(rows: Columns, ord: bigint): Generator<DuckDBDataChunk> {
    this.#ords.fill(ord);
    for (let start = 0; start < rows.length; start += CHUNK_ROWS) {
      const count = Math.min(CHUNK_ROWS, rows.length - start);
      this.#chunk.reset();
      this.#chunk.rowCount = count;
      this.#fill(rows, start, count);
      yield this.#chunk;
    }
  }

  #fill(rows: Columns, start: number, count: number): void {
    this.#put('series', rows.series, start, count);
    this.#putTimes(rows.time, start, count);
    this.#put('value', rows.value, start, count);
    this.#put('ord', this.#ords, 0, count);
    this.#put('quality', rows.quality, start, count);
    this.#put('kind', rows.kind, start, count);
    this.#put('revision', rows.revision, start, count);
    if (rows.integer) this.#put('integer', rows.integer, start, count);
    else this.#putNulls('integer', count);
    if (rows.text && rows.kind) this.#putTexts(rows, rows.text, rows.kind, start, count);
    else this.#putNulls('text', count);
  }

  #vector(name: HotColumn): Vector | undefined {
    const place = this.#places.get(name);
    return place === undefined ? undefined : duckdb.data_chunk_get_vector(this.#chunk.chunk, place);
  }

  /** What is absent is all zeros. */
  #put(
    name: HotColumn,
    from: Uint8Array | Uint16Array | Uint32Array | Float64Array | BigInt64Array | BigUint64Array | undefined,
    start: number,
    count: number,
  ): void {
    const vector = this.#vector(name);
    if (!vector) return;
    const { width } = columnTypes[name];
    const source = from ?? this.#zeros;
    const offset = from ? from.byteOffset + start * width : 0;
    duckdb.copy_data_to_vector(vector, 0, source.buffer as ArrayBuffer, offset, count * width);
  }

  /** Whole µs as doubles into 64-bit integers, by halves: BigInt would cost more than all the rest. */
  #putTimes(time: Float64Array, start: number, count: number): void {
    const times = this.#times;
    for (let i = 0; i < count; i++) {
      const t = time[start + i];
      const high = Math.floor(t / TWO_32);
      times[2 * i] = t - high * TWO_32;
      times[2 * i + 1] = high;
    }
    this.#put('time', times, 0, count);
  }

  #putNulls(name: HotColumn, count: number): void {
    const vector = this.#vector(name);
    if (vector) putValidity(vector, this.#noneValid, count);
  }

  #putTexts({ texts }: Columns, text: Uint32Array, kind: Uint8Array, start: number, count: number): void {
    const vector = this.#vector('text');
    if (!vector) return;
    this.#validity.fill(0);
    for (let i = 0; i < count; i++) {
      if (kind[start + i] !== Kind.text) continue;
      duckdb.vector_assign_string_element_len(vector, i, Buffer.from(texts?.[text[start + i]] ?? ''));
      this.#validity[i >> 3] |= 1 << (i & 7);
    }
    putValidity(vector, this.#validity, count);
  }
}

/** Validity is kept in words of 64 rows. */
function putValidity(vector: Vector, validity: Uint8Array, count: number): void {
  duckdb.vector_ensure_validity_writable(vector);
  duckdb.copy_data_to_vector_validity(vector, 0, validity.buffer as ArrayBuffer, 0, Math.ceil(count / 64) * 8);
}

function isAllZero(bytes: Uint8Array): boolean {
  for (let i = 0; i < bytes.length; i++) if (bytes[i] !== 0) return false;
  return true;
}
