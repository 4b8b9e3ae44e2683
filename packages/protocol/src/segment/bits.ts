import { SegmentError } from './error.ts';
import type { Scratch } from './scratch.ts';

const LEAST_BYTES = 64;

/** Appends bits, the least significant first, to bytes that grow. */
export class BitWriter {
  #bytes: Uint8Array;
  #length = 0;
  #pending = 0;
  #pendingBits = 0;

  /** `memory`: what it begins with. */
  constructor(memory: Uint8Array) {
    this.#bytes = memory;
  }

  /** Appends the lower `count` ≤ 24 bits of `bits`, whose other bits are 0. */
  put(bits: number, count: number): void {
    this.#pending |= bits << this.#pendingBits;
    this.#pendingBits += count;
    if (this.#length + 4 > this.#bytes.length) this.#grow();
    while (this.#pendingBits >= 8) {
      this.#bytes[this.#length++] = this.#pending;
      this.#pending >>>= 8;
      this.#pendingBits -= 8;
    }
  }

  finish(): Uint8Array {
    if (this.#pendingBits > 0) this.#bytes[this.#length++] = this.#pending;
    this.#pendingBits = 0;
    return this.#bytes.subarray(0, this.#length);
  }

  #grow(): void {
    const bytes = new Uint8Array(Math.max(this.#bytes.length * 2, LEAST_BYTES));
    bytes.set(this.#bytes);
    this.#bytes = bytes;
  }
}

/** Takes bits in the order that {@link BitWriter} put them. */
export class BitReader {
  readonly #bytes: Uint8Array;
  readonly #end: number;
  #at = 0;

  constructor(bytes: Uint8Array, memory: Scratch) {
    // Four bytes of padding: a take loads a whole word.
    this.#bytes = memory.bytes(bytes.length + 4);
    this.#bytes.set(bytes);
    this.#end = bytes.length * 8;
  }

  /** The next `count` ≤ 24 bits. */
  take(count: number): number {
    const at = this.#at;
    this.#at = at + count;
    if (this.#at > this.#end)
      throw new SegmentError(
        'malformed',
        `the extra bits end at bit ${this.#end}, but a token needs bits up to ${this.#at}`,
      );
    const bytes = this.#bytes;
    const i = at >>> 3;
    const word = bytes[i] | (bytes[i + 1] << 8) | (bytes[i + 2] << 16) | (bytes[i + 3] << 24);
    return (word >>> (at & 7)) & ((1 << count) - 1);
  }

  /** Throws unless all bytes were taken. */
  close(): void {
    if (this.#end - this.#at >= 8)
      throw new SegmentError('malformed', `${(this.#end - this.#at) >> 3} bytes of extra bits belong to no token`);
  }
}
