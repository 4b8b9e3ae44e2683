import { type Columns, Kind } from '../batch.ts';
import type { Scratch } from './scratch.ts';

/*
 * 64-bit words in two halves, low first: the bits of a double, or a whole number in two's complement. A typed array's
 * words are in the processor's order, which is little-endian wherever Node runs today.
 */

/** Every row's word. */
export function wordsOf({ kind, value, integer, text }: Columns, memory: Scratch): Uint32Array {
  const copy = memory.doubles(value.length);
  copy.set(value);
  const words = new Uint32Array(copy.buffer, copy.byteOffset, copy.length * 2);
  if (!kind) return words;
  const integers = integer && new Uint32Array(integer.buffer, integer.byteOffset, integer.length * 2);
  for (let i = 0; i < kind.length; i++) {
    switch (kind[i]) {
      case Kind.double:
        break;
      case Kind.boolean:
        words[2 * i] = value[i];
        words[2 * i + 1] = 0;
        break;
      case Kind.text:
        words[2 * i] = text?.[i] ?? 0;
        words[2 * i + 1] = 0;
        break;
      default:
        words[2 * i] = integers?.[2 * i] ?? 0;
        words[2 * i + 1] = integers?.[2 * i + 1] ?? 0;
    }
  }
  return words;
}

/** Eight streams of bytes: the first holds the lowest byte of each word. */
export class PlaneWriter {
  readonly #memory: Scratch;
  readonly #low: Uint32Array;
  readonly #high: Uint32Array;
  #length = 0;

  constructor(words: number, memory: Scratch) {
    this.#memory = memory;
    this.#low = memory.words(words);
    this.#high = memory.words(words);
  }

  put(low: number, high: number): void {
    this.#low[this.#length] = low;
    this.#high[this.#length++] = high;
  }

  /** The words of the rows, each as its difference to the one before, folded: 0, −1, 1, −2 become 0, 1, 2, 3. */
  putDifferences(words: Uint32Array, from: number, to: number): void {
    let low = 0;
    let high = 0;
    for (let i = from; i < to; i++) {
      const nextLow = words[2 * i];
      const nextHigh = words[2 * i + 1];
      const differenceLow = (nextLow - low) | 0;
      const differenceHigh = (nextHigh - high - (nextLow < low ? 1 : 0)) | 0;
      const sign = differenceHigh >> 31;
      this.put((differenceLow << 1) ^ sign, ((differenceHigh << 1) | (differenceLow >>> 31)) ^ sign);
      low = nextLow;
      high = nextHigh;
    }
  }

  planes(): Uint8Array[] {
    return [this.#low, this.#high].flatMap((words) => [0, 8, 16, 24].map((shift) => this.#plane(words, shift)));
  }

  #plane(words: Uint32Array, shift: number): Uint8Array {
    const bytes = this.#memory.bytes(words.length);
    for (let i = 0; i < bytes.length; i++) bytes[i] = words[i] >>> shift;
    return bytes;
  }
}

export class PlaneReader {
  readonly #low: Uint32Array;
  readonly #high: Uint32Array;
  #at = 0;

  constructor(planes: readonly Uint8Array[], memory: Scratch) {
    this.#low = memory.words(planes[0].length);
    this.#high = memory.words(planes[0].length);
    join(this.#low, planes[0], planes[1], planes[2], planes[3]);
    join(this.#high, planes[4], planes[5], planes[6], planes[7]);
  }

  /** Changes the bits of a word. */
  takeChange(words: Uint32Array, row: number): void {
    words[2 * row] ^= this.#low[this.#at];
    words[2 * row + 1] ^= this.#high[this.#at++];
  }

  /** Undoes `putDifferences`. */
  takeDifferences(words: Uint32Array, from: number, to: number): void {
    let low = 0;
    let high = 0;
    for (let i = from; i < to; i++) {
      const foldedLow = this.#low[this.#at];
      const foldedHigh = this.#high[this.#at++];
      const sign = -(foldedLow & 1);
      const differenceLow = (((foldedLow >>> 1) | (foldedHigh << 31)) ^ sign) >>> 0;
      low = (low + differenceLow) >>> 0;
      high = (high + ((foldedHigh >>> 1) ^ sign) + (low < differenceLow ? 1 : 0)) >>> 0;
      words[2 * i] = low;
      words[2 * i + 1] = high;
    }
  }
}

function join(words: Uint32Array, a: Uint8Array, b: Uint8Array, c: Uint8Array, d: Uint8Array): void {
  for (let i = 0; i < words.length; i++) words[i] = a[i] | (b[i] << 8) | (c[i] << 16) | (d[i] << 24);
}
