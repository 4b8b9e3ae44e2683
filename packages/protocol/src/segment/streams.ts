import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { SegmentError } from './error.ts';
import { Storage } from './layout.ts';
import type { Scratch } from './scratch.ts';

/** `fast` for what is written and read once; `tight` for what travels and stays. */
export type Effort = 'fast' | 'tight';

/**
 * Tokens are as good as random to a search for matches: a hash of seven bytes finds the true repeats and leaves the
 * rest to Huffman coding, which is what packs them. More effort only pays where there are many repeats.
 */
const huffman = { [constants.ZSTD_c_compressionLevel]: 1, [constants.ZSTD_c_minMatch]: 7 };
const matches = { [constants.ZSTD_c_compressionLevel]: 9 };

/** Beside a 256th of the bytes, what a frame may take more than them: as ZSTD_COMPRESSBOUND says. */
const FRAME_ROOM = 64;

/** A call of zstd takes 15 µs, a frame 12 bytes: shorter streams stay as they are. */
const WORTH_COMPRESSING = { fast: 192, tight: 24 } as const;

/** At most what a varint of a compressed length takes more than none. */
const LENGTH_BYTES = 3;

/** Builds a segment: numbers and streams one after another. */
export class StreamWriter {
  readonly #effort: Effort;
  #bytes: Uint8Array;
  #length = 0;

  /** `memory`: what it begins with. */
  constructor(effort: Effort, memory: Uint8Array) {
    this.#effort = effort;
    this.#bytes = memory;
  }

  byte(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#length++] = value;
  }

  /** LEB128: seven bits a byte, the least significant first. */
  varint(value: number): void {
    this.#reserve(5);
    let left = value;
    while (left >= 128) {
      this.#bytes[this.#length++] = (left & 127) | 128;
      left >>>= 7;
    }
    this.#bytes[this.#length++] = left;
  }

  raw(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** A stream whose length the reader knows. */
  stream(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    if (isConstant(bytes)) {
      this.byte(bytes[0] === 0 ? Storage.zeros : Storage.constant);
      if (bytes[0] !== 0) this.byte(bytes[0]);
      return;
    }
    const packed = this.#compressed(bytes);
    if (packed) {
      this.byte(Storage.zstd);
      this.varint(packed.length);
      this.raw(packed);
    } else {
      this.byte(Storage.plain);
      this.raw(bytes);
    }
  }

  /** A stream after its length. */
  sizedStream(bytes: Uint8Array): void {
    this.varint(bytes.length);
    this.stream(bytes);
  }

  /** One zstd frame, if that is shorter. */
  #compressed(bytes: Uint8Array): Uint8Array | undefined {
    if (bytes.length < WORTH_COMPRESSING[this.#effort]) return undefined;
    // Room for whatever comes out: zstd then needs no buffers of its own, and Node no second one.
    const chunkSize = bytes.length + (bytes.length >>> 8) + FRAME_ROOM;
    let packed = zstdCompressSync(bytes, { params: huffman, chunkSize });
    if (this.#effort === 'tight') {
      const other = zstdCompressSync(bytes, { params: matches, chunkSize });
      if (other.length < packed.length) packed = other;
    }
    return packed.length + LENGTH_BYTES < bytes.length ? packed : undefined;
  }

  /** All bytes, in memory of their own: they may be transferred to another thread. */
  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  #reserve(bytes: number): void {
    if (this.#length + bytes <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(this.#length + bytes, this.#bytes.length * 2));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
  }
}

/** Compares the bytes with themselves one further, which is faster than a loop. */
export function isConstant(bytes: Uint8Array): boolean {
  return bytes.length < 2 || Buffer.compare(bytes.subarray(1), bytes.subarray(0, -1)) === 0;
}

/** Reads what {@link StreamWriter} wrote, from bytes that nobody vouches for. */
export class StreamReader {
  readonly #bytes: Uint8Array;
  #at: number;
  readonly #memory: Scratch;

  constructor(bytes: Uint8Array, at: number, memory: Scratch) {
    this.#bytes = bytes;
    this.#at = at;
    this.#memory = memory;
  }

  get at(): number {
    return this.#at;
  }

  byte(): number {
    if (this.#at >= this.#bytes.length) throw this.#truncated(1);
    return this.#bytes[this.#at++];
  }

  /** A number of at most 32 bits, checked to be at most `most`. */
  varint(name: string, most: number): number {
    const start = this.#at;
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte();
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) {
        if (value > most)
          throw new SegmentError('oversized', `${name} at byte ${start} is ${value}, more than ${most}`);
        return value;
      }
    }
    throw new SegmentError('malformed', `${name} at byte ${start} does not end within five bytes`);
  }

  raw(length: number): Uint8Array {
    if (length > this.#bytes.length - this.#at) throw this.#truncated(length);
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  /** A stream of `length` bytes. The result may be a view of the segment, or in the memory that was given. */
  stream(name: string, length: number): Uint8Array {
    if (length === 0) return new Uint8Array(0);
    const start = this.#at;
    const storage = this.byte();
    switch (storage) {
      case Storage.zeros:
        return this.#memory.bytes(length).fill(0);
      case Storage.constant:
        return this.#memory.bytes(length).fill(this.byte());
      case Storage.plain:
        return this.raw(length);
      case Storage.zstd:
        return decompress(
          this.raw(this.varint(`the compressed length of ${name}`, length)),
          length,
          `${name} at byte ${start}`,
        );
      default:
        throw new SegmentError('malformed', `${name} at byte ${start} is stored in unknown way ${storage}`);
    }
  }

  sizedStream(name: string, most: number): Uint8Array {
    return this.stream(name, this.varint(`the length of ${name}`, most));
  }

  #truncated(wanted: number): SegmentError {
    return new SegmentError(
      'truncated',
      `byte ${this.#at} should begin ${wanted} bytes, but ${this.#bytes.length - this.#at} are left`,
    );
  }
}

/** zstd allocates the window that a frame asks for: never more than the stream, within what zstd accepts as a limit. */
const MIN_WINDOW_LOG = 10;

/** The machine's fault, not the segment's: it may decompress later. */
function isOutOfMemory(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ZSTD_error_memory_allocation' || code === 'ERR_MEMORY_ALLOCATION_FAILED';
}

function decompress(frame: Uint8Array, length: number, where: string): Uint8Array {
  const windowLog = Math.max(MIN_WINDOW_LOG, 32 - Math.clz32(length - 1));
  let bytes: Uint8Array;
  try {
    bytes = zstdDecompressSync(frame, {
      maxOutputLength: length,
      chunkSize: Math.max(64, length),
      params: { [constants.ZSTD_d_windowLogMax]: windowLog },
    });
  } catch (cause) {
    if (isOutOfMemory(cause)) throw cause;
    throw new SegmentError('malformed', `${where} does not decompress to ${length} bytes`, { cause });
  }
  if (bytes.length !== length)
    throw new SegmentError('malformed', `${where} decompresses to ${bytes.length} bytes instead of ${length}`);
  return bytes;
}
