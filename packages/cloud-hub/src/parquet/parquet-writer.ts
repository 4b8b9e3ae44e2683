import { type FileHandle, open } from 'node:fs/promises';
import { constants, zstdCompressSync } from 'node:zlib';
import { letGo } from '@sluis/protocol';
import { Codec, type Column, columnTypes, Encoding, MAGIC, PageType, schemaElement } from './format.ts';
import { encodeStruct, type Thrift, type ThriftStruct } from './thrift.ts';

/** A column's values in a row group: one page, and the dictionary that it refers to. */
export interface ColumnPages {
  readonly dictionary?: { readonly bytes: Uint8Array; readonly values: number };
  /** Definition levels, then values. */
  readonly data: readonly Uint8Array[];
  readonly encoding: number;
  readonly nulls: number;
  /** As PLAIN, without a length. */
  readonly least?: Uint8Array;
  readonly greatest?: Uint8Array;
}

/** A column with fewer in a row group stays as it is: to set zstd up would take longer than it could save. */
const FEW_BYTES = 4096;
/** Who wrote a file, in its footer; what reads files itself reads only these. */
export const CREATED_BY = 'sluis-hub 1';
const FORMAT_VERSION = 2;

/** The fastest that zstd calls a level: what repeats is out of the pages before. */
const LEVEL = 1;
const LEAST_CHUNK_BYTES = 1024;

/** With room for all of it, or nearly: each chunk that is full costs a call. Who writes files has a thread of its own. */
function compressed(bytes: Uint8Array): Buffer {
  const chunkSize = bytes.length + LEAST_CHUNK_BYTES;
  return zstdCompressSync(bytes, {
    chunkSize,
    pledgedSrcSize: bytes.length,
    params: { [constants.ZSTD_c_compressionLevel]: LEVEL },
  });
}

/** Writes one Parquet file (https://parquet.apache.org/docs/file-format/), a row group at a time. Nothing is synced. */
export class ParquetWriter {
  readonly #handle: FileHandle;
  readonly #columns: readonly Column[];
  readonly #groups: ThriftStruct[] = [];
  #at = 0;
  #rows = 0;

  private constructor(handle: FileHandle, columns: readonly Column[]) {
    this.#handle = handle;
    this.#columns = columns;
  }

  static async create(path: string, columns: readonly Column[]): Promise<ParquetWriter> {
    const writer = new ParquetWriter(await open(path, 'w'), columns);
    await writer.#write([MAGIC]);
    return writer;
  }

  /** `pages` in the order of the columns, of so many `rows`. Their memory may be used again once it resolves. */
  async rowGroup(rows: number, pages: readonly ColumnPages[]): Promise<void> {
    const groupAt = this.#at;
    const chunks: ThriftStruct[] = [];
    const bytes: Uint8Array[] = [];
    let at = this.#at;
    let size = 0;
    for (const [i, page] of pages.entries()) {
      const chunk = chunkOf(page, rows);
      const dictionaryBytes = lengthOf(chunk.dictionary);
      const length = dictionaryBytes + lengthOf(chunk.data);
      const { name, type } = this.#columns[i];
      const { dictionary, encoding, nulls, least, greatest } = page;
      const statistics: ThriftStruct = {
        3: { i64: nulls },
        5: greatest && { binary: greatest },
        6: least && { binary: least },
      };
      const encodings = dictionary ? [Encoding.plain, Encoding.rle, encoding] : [Encoding.rle, encoding];
      const meta: ThriftStruct = {
        1: { i32: columnTypes[type].physical },
        2: { list: encodings.map((one) => ({ i32: one })) },
        3: { list: [{ binary: Buffer.from(name) }] },
        4: { i32: chunk.codec },
        5: { i64: rows },
        6: { i64: chunk.uncompressed },
        7: { i64: length },
        9: { i64: at + dictionaryBytes },
        11: dictionary && { i64: at },
        12: { struct: statistics },
      };
      chunks.push({ 2: { i64: at }, 3: { struct: meta } });
      bytes.push(...chunk.dictionary, ...chunk.data);
      at += length;
      size += chunk.uncompressed;
    }
    await this.#write(bytes);
    this.#groups.push({
      1: structs(chunks),
      2: { i64: size },
      3: { i64: rows },
      5: { i64: groupAt },
      6: { i64: this.#at - groupAt },
    });
    this.#rows += rows;
  }

  /** @returns the bytes of the whole file */
  async close(): Promise<number> {
    const columns = this.#columns.map(schemaElement);
    const root: ThriftStruct = { 4: { binary: Buffer.from('schema') }, 5: { i32: columns.length } };
    const footer = encodeStruct({
      1: { i32: FORMAT_VERSION },
      2: structs([root, ...columns]),
      3: { i64: this.#rows },
      4: this.#groups.length > 0 ? structs(this.#groups) : undefined,
      6: { binary: Buffer.from(CREATED_BY) },
      // Least and greatest are by the order of each column's type.
      7: structs(columns.map(() => ({ 1: { struct: {} } }))),
    });
    const length = Buffer.alloc(4);
    length.writeUInt32LE(footer.length);
    await this.#write([footer, length, MAGIC]);
    await this.#handle.close();
    return this.#at;
  }

  /** Leaves what is written as it is. */
  async abandon(): Promise<void> {
    await this.#handle.close();
  }

  async #write(pieces: readonly Uint8Array[]): Promise<void> {
    const bytes = Buffer.concat(pieces);
    let written = 0;
    while (written < bytes.length) {
      const left = bytes.length - written;
      written += (await this.#handle.write(bytes, written, left, this.#at + written)).bytesWritten;
    }
    this.#at += bytes.length;
  }
}

function structs(list: readonly ThriftStruct[]): Thrift {
  return { list: list.map((struct) => ({ struct })) };
}

function chunkOf(page: ColumnPages, rows: number) {
  const { dictionary, encoding } = page;
  const plain = joined(page.data);
  const codec = plain.length + (dictionary?.bytes.length ?? 0) < FEW_BYTES ? Codec.none : Codec.zstd;
  const data = codec === Codec.none ? plain : compressed(plain);
  const kept = dictionary && (codec === Codec.none ? dictionary.bytes : compressed(dictionary.bytes));
  const dataHeader: ThriftStruct = {
    1: { i32: rows },
    2: { i32: encoding },
    3: { i32: Encoding.rle },
    4: { i32: Encoding.rle },
  };
  const size = plain.length;
  const head = header(PageType.data, { plain, stored: data }, { 5: { struct: dataHeader } });
  if (data !== plain) letGo(plain);
  const written = {
    codec,
    data: [head, data],
    dictionary: [] as Uint8Array[],
    uncompressed: head.length + size,
  };
  if (!dictionary || !kept) return written;
  const ofDictionary: ThriftStruct = { 1: { i32: dictionary.values }, 2: { i32: Encoding.plain } };
  const sizes = { plain: dictionary.bytes, stored: kept };
  const first = header(PageType.dictionary, sizes, { 7: { struct: ofDictionary } });
  const uncompressed = written.uncompressed + first.length + dictionary.bytes.length;
  return { ...written, dictionary: [first, kept], uncompressed };
}

function header(
  type: number,
  { plain, stored }: { plain: Uint8Array; stored: Uint8Array },
  more: ThriftStruct,
): Uint8Array {
  return encodeStruct({ 1: { i32: type }, 2: { i32: plain.length }, 3: { i32: stored.length }, ...more });
}

/** In memory that can be given back. */
function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(lengthOf(pieces));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

function lengthOf(pieces: readonly Uint8Array[]): number {
  return pieces.reduce((sum, { length }) => sum + length, 0);
}
