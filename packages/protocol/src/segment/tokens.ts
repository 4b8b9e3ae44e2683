import { BitReader, BitWriter } from './bits.ts';
import { SegmentError } from './error.ts';
import { DIRECT_TOKENS, TOKENS } from './layout.ts';

/*
 * A whole number below 2^53 is a token, which is a byte with a skewed distribution that zstd packs to its entropy, and
 * extra bits, which are as good as random and stored as they are. Numbers below 128 are their own token. A greater one
 * has n + 1 binary digits: the token says n and the digit after the first, the extra bits are the n - 1 digits left.
 */

export class TokenWriter {
  readonly #tokens: Uint8Array;
  readonly #extra: BitWriter;
  #length = 0;

  constructor(capacity: number, extra: BitWriter) {
    this.#tokens = new Uint8Array(capacity);
    this.#extra = extra;
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
    this.put(number < 0 ? -2 * number - 1 : 2 * number);
  }

  #large(number: number): number {
    if (number < 2 ** 25) {
      const digits = 31 - Math.clz32(number);
      this.#extra.put(number & ((1 << (digits - 1)) - 1), digits - 1);
      return DIRECT_TOKENS + ((digits - 7) << 1) + ((number >>> (digits - 1)) & 1);
    }
    const high = Math.floor(number / 2 ** 24);
    const low = number - high * 2 ** 24;
    const digits = 55 - Math.clz32(high);
    const left = digits - 1 - 24;
    this.#extra.put(low, 24);
    // `left` reaches 27: `high` has up to 29 digits.
    const rest = high & ((1 << left) - 1);
    this.#extra.put(rest & 0xffff, Math.min(left, 16));
    if (left > 16) this.#extra.put(rest >>> 16, left - 16);
    return DIRECT_TOKENS + ((digits - 7) << 1) + ((high >>> left) & 1);
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
    const number = this.next();
    if (number < 2 ** 30) return (number >>> 1) ^ -(number & 1);
    return number % 2 === 0 ? number / 2 : -(number + 1) / 2;
  }

  #large(token: number): number {
    if (!(token < TOKENS)) throw new SegmentError('malformed', `${token} is not a token`);
    const digits = 7 + ((token - DIRECT_TOKENS) >> 1);
    const leading = 2 + (token & 1);
    if (digits < 26) return (leading << (digits - 1)) + this.#extra.take(digits - 1);
    const low = this.#extra.take(24);
    const left = digits - 1 - 24;
    let high = leading * 2 ** left + this.#extra.take(Math.min(left, 16));
    if (left > 16) high += this.#extra.take(left - 16) * 0x1_0000;
    return high * 2 ** 24 + low;
  }
}
