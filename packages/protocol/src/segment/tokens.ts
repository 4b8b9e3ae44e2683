import type { BitReader, BitWriter } from './bits.ts';
import { SegmentError } from './error.ts';
import { DIRECT_TOKENS, TOKENS } from './layout.ts';

/*
 * A whole number below 2^53 is a token, which is a byte with a skewed distribution that zstd packs to its entropy, and
 * extra bits, which are as good as random and stored as they are. Numbers below 128 are their own token. A greater one
 * has n + 1 binary digits: the token says n and the digit after the first, the extra bits are the n - 1 digits left.
 */

/** The most bits that one `put` or `take` of extra bits moves. */
const CHUNK_BITS = 24;

export class TokenWriter {
  readonly #tokens: Uint8Array;
  readonly #extra: BitWriter;
  #length = 0;

  /** `memory`: a byte for each token. */
  constructor(memory: Uint8Array, extra: BitWriter) {
    this.#tokens = memory;
    this.#extra = extra;
  }

  get length(): number {
    return this.#length;
  }

  get tokens(): Uint8Array {
    return this.#tokens.subarray(0, this.#length);
  }

  /** `number` is whole, 0 ≤ number < 2^53. */
  put(number: number): void {
    this.#tokens[this.#length++] = number < DIRECT_TOKENS ? number : this.#large(number);
  }

  /** `number` is whole, −2^52 ≤ number < 2^52. */
  putSigned(number: number): void {
    this.put(folded(number));
  }

  /** The differences of `numbers[from..to)`, each to the one before it. */
  putDifferences(numbers: Float64Array, from: number, to: number): void {
    const tokens = this.#tokens;
    let at = this.#length;
    let before = numbers[from - 1];
    for (let i = from; i < to; i++) {
      const number = numbers[i];
      const difference = number - before;
      before = number;
      const small = difference | 0;
      // Without a branch on the sign, which no processor can predict.
      if (small === difference && (small + DIRECT_TOKENS / 2) >>> 0 < DIRECT_TOKENS)
        tokens[at++] = (small << 1) ^ (small >> 31);
      else tokens[at++] = this.#large(folded(difference));
    }
    this.#length = at;
  }

  /** The changes of those differences, the first against `step`. Returns the last difference. */
  putSecondDifferences(numbers: Float64Array, from: number, to: number, step: number): number {
    const tokens = this.#tokens;
    let at = this.#length;
    let last = step;
    for (let i = from; i < to; i++) {
      const next = numbers[i] - numbers[i - 1];
      const change = next - last;
      last = next;
      const small = change | 0;
      if (small === change && (small + DIRECT_TOKENS / 2) >>> 0 < DIRECT_TOKENS)
        tokens[at++] = (small << 1) ^ (small >> 31);
      else tokens[at++] = this.#large(folded(change));
    }
    this.#length = at;
    return last;
  }

  #large(number: number): number {
    if (number < 2 ** (CHUNK_BITS + 1)) {
      const digits = 31 - Math.clz32(number);
      this.#extra.put(number & ((1 << (digits - 1)) - 1), digits - 1);
      return DIRECT_TOKENS + ((digits - 7) << 1) + ((number >>> (digits - 1)) & 1);
    }
    const high = Math.floor(number / 2 ** CHUNK_BITS);
    const left = 30 - Math.clz32(high);
    this.#extra.put(number - high * 2 ** CHUNK_BITS, CHUNK_BITS);
    // `left` reaches 27, as `high` has up to 29 digits: more than one put takes.
    const rest = high & ((1 << left) - 1);
    this.#extra.put(rest & 0xffff, Math.min(left, 16));
    if (left > 16) this.#extra.put(rest >>> 16, left - 16);
    return DIRECT_TOKENS + ((left + CHUNK_BITS + 1 - 7) << 1) + ((high >>> left) & 1);
  }
}

export class TokenReader {
  readonly #tokens: Uint8Array;
  readonly #extra: BitReader;
  #at = 0;

  constructor(tokens: Uint8Array, extra: BitReader) {
    this.#tokens = tokens;
    this.#extra = extra;
  }

  next(): number {
    const token = this.#tokens[this.#at++];
    return token < DIRECT_TOKENS ? token : this.#large(token);
  }

  nextSigned(): number {
    const token = this.#tokens[this.#at++];
    return token < DIRECT_TOKENS ? (token >>> 1) ^ -(token & 1) : unfolded(this.#large(token));
  }

  /** Undoes `putDifferences`. */
  takeDifferences(numbers: Float64Array, from: number, to: number): void {
    const tokens = this.#tokens;
    let at = this.#at;
    let number = numbers[from - 1];
    for (let i = from; i < to; i++) {
      const token = tokens[at++];
      number += token < DIRECT_TOKENS ? (token >>> 1) ^ -(token & 1) : unfolded(this.#large(token));
      numbers[i] = number;
    }
    this.#at = at;
  }

  /** Undoes `putSecondDifferences`. */
  takeSecondDifferences(numbers: Float64Array, from: number, to: number, step: number): number {
    const tokens = this.#tokens;
    let at = this.#at;
    let last = step;
    let number = numbers[from - 1];
    for (let i = from; i < to; i++) {
      const token = tokens[at++];
      last += token < DIRECT_TOKENS ? (token >>> 1) ^ -(token & 1) : unfolded(this.#large(token));
      number += last;
      numbers[i] = number;
    }
    this.#at = at;
    return last;
  }

  #large(token: number): number {
    if (token >= TOKENS) throw new SegmentError('malformed', `${token} is not a token`);
    const digits = 7 + ((token - DIRECT_TOKENS) >> 1);
    const leading = 2 + (token & 1);
    if (digits <= CHUNK_BITS + 1) return (leading << (digits - 1)) + this.#extra.take(digits - 1);
    const low = this.#extra.take(CHUNK_BITS);
    const left = digits - 1 - CHUNK_BITS;
    let high = leading * 2 ** left + this.#extra.take(Math.min(left, 16));
    if (left > 16) high += this.#extra.take(left - 16) * 2 ** 16;
    return high * 2 ** CHUNK_BITS + low;
  }
}

/** 0, −1, 1, −2 become 0, 1, 2, 3. */
function folded(number: number): number {
  return number < 0 ? -2 * number - 1 : 2 * number;
}

function unfolded(number: number): number {
  return number % 2 === 0 ? number / 2 : -(number + 1) / 2;
}
