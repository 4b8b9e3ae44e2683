import { type FileHandle, open } from 'node:fs/promises';
import { zstdDecompressSync } from 'node:zlib';
import { Codec, Encoding, MAGIC, PageType } from './format.ts';
import { CREATED_BY } from './parquet-writer.ts';
import { type Read, ThriftReader, type ReadStruct } from './thrift.ts';

/** A column of a row group, unpacked: see ColumnPages. */
export interface ReadPages {
  readonly dictionary?: Uint8Array;
  readonly data: Uint8Array;
  readonly encoding: number;
}

/** Reads files that ParquetWriter has written and that are known to be whole; no others. */
export class ParquetReader implements AsyncDisposable {
  readonly #handle: FileHandle;
  readonly #groups: readonly ReadStruct[];

  private constructor(handle: FileHandle, groups: readonly ReadStruct[]) {
    this.#handle = handle;
    this.#groups = groups;
  }

  /** @returns undefined if something else wrote the file */
  static async open(path: string): Promise<ParquetReader | undefined> {
    const handle = await open(path);
    try {
      const footer = await footerOf(handle);
      const writer = footer.get(6);
      if (writer instanceof Uint8Array && Buffer.from(writer).toString() === CREATED_BY)
        return new ParquetReader(handle, listOf(footer.get(4)).map(structOf));
    } catch (error) {
      await handle.close();
      throw error;
    }
    await handle.close();
    return undefined;
  }

  get groups(): number {
    return this.#groups.length;
  }

  /** Its columns in their order; some of their memory is that of `bytes`. */
  async group(index: number): Promise<{ rows: number; columns: readonly ReadPages[]; bytes: Uint8Array }> {
    const group = this.#groups[index];
    const from = numberOf(group.get(5));
    const bytes = await read(this.#handle, from, numberOf(group.get(6)));
    const columns: ReadPages[] = [];
    for (const chunk of listOf(group.get(1)).map(structOf)) {
      const meta = structOf(chunk.get(3));
      const codec = numberOf(meta.get(4));
      const at = meta.get(11);
      const dictionary = at === undefined ? undefined : page(bytes, numberOf(at) - from, codec);
      const data = page(bytes, numberOf(meta.get(9)) - from, codec);
      columns.push({ data: data.bytes, encoding: data.encoding, ...(dictionary && { dictionary: dictionary.bytes }) });
    }
    return { rows: numberOf(group.get(3)), columns, bytes };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#handle.close();
  }
}

const LEAST_CHUNK_BYTES = 1024;
/** The length of a footer and the magic behind it. */
const TAIL_BYTES = 8;

async function footerOf(handle: FileHandle): Promise<ReadStruct> {
  const { size } = await handle.stat();
  const tail = await read(handle, size - TAIL_BYTES, TAIL_BYTES);
  if (!tail.subarray(4).equals(MAGIC)) throw new RangeError('it does not end as a Parquet file does');
  const length = tail.readUInt32LE(0);
  return new ThriftReader(await read(handle, size - TAIL_BYTES - length, length)).struct();
}

function page(bytes: Uint8Array, at: number, codec: number): { bytes: Uint8Array; encoding: number } {
  const reader = new ThriftReader(bytes, at);
  const header = reader.struct();
  const stored = bytes.subarray(reader.at, reader.at + numberOf(header.get(3)));
  const encoding = header.get(1) === PageType.data ? numberOf(structOf(header.get(5)).get(2)) : Encoding.plain;
  return {
    bytes:
      codec === Codec.none
        ? stored
        : zstdDecompressSync(stored, { chunkSize: Math.max(LEAST_CHUNK_BYTES, numberOf(header.get(2))) }),
    encoding,
  };
}

async function read(handle: FileHandle, from: number, length: number): Promise<Buffer<ArrayBuffer>> {
  const bytes = Buffer.allocUnsafeSlow(length);
  for (let at = 0; at < length;) {
    const { bytesRead } = await handle.read(bytes, at, length - at, from + at);
    if (bytesRead === 0) throw new RangeError(`it ends at byte ${from + at}`);
    at += bytesRead;
  }
  return bytes;
}

function numberOf(value: Read | undefined): number {
  if (typeof value !== 'number') throw new RangeError('a number is missing');
  return value;
}

function listOf(value: Read | undefined): Read[] {
  if (!Array.isArray(value)) throw new RangeError('a list is missing');
  return value;
}

function structOf(value: Read | undefined): ReadStruct {
  if (!(value instanceof Map)) throw new RangeError('a struct is missing');
  return value;
}
