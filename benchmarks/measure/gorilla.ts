/*
 * The encoding of Gorilla, as a yardstick of size: T. Pelkonen et al., "Gorilla: A Fast, Scalable, In-Memory Time Series
 * Database", VLDB 2015, section 4.1. Times are whole seconds there. A series is one block, where Gorilla begins another every two
 * hours: that spares it headers.
 */

/** Bits of the first time and of the first delta. */
const HEADER_BITS = 64;
const FIRST_DELTA_BITS = 14;

/** Deltas of deltas from 1 - 2^(bits - 1) to 2^(bits - 1) are `bits` after a prefix of as many ones as rows before, and a zero. */
const ranges = [
  { prefix: 0b10, prefixBits: 2, bits: 7 },
  { prefix: 0b110, prefixBits: 3, bits: 9 },
  { prefix: 0b1110, prefixBits: 4, bits: 12 },
] as const;
const OTHER = { prefix: 0b1111, prefixBits: 4, bits: 32 } as const;

const MAX_LEADING = 31;
const WORD_BITS = 64;

export interface Points {
  /** Whole seconds. */
  readonly time: Float64Array;
  readonly value: Float64Array;
}

/** @throws RangeError for a time that is not a whole number of seconds, or steps that do not fit. */
export function gorilla({ time, value }: Points): Uint8Array {
  const out = new BitWriter();
  const words = new BigUint64Array(value.slice().buffer);
  let delta = 0;
  let before = 0n;
  let window = { leading: WORD_BITS, trailing: WORD_BITS };
  for (let i = 0; i < time.length; i++) {
    const word = words[i] ?? 0n;
    if (i === 0) {
      out.put(BigInt(seconds(time[0])), HEADER_BITS);
      out.put(0n, FIRST_DELTA_BITS);
      out.put(word, WORD_BITS);
    } else {
      const next = seconds(time[i]) - seconds(time[i - 1]);
      putDelta(out, next - delta);
      delta = next;
      window = putChange(out, word ^ before, window);
    }
    before = word;
  }
  return out.finish();
}

/** Undoes `gorilla`: for the test that shows that nothing is missing in it. */
export function unGorilla(bytes: Uint8Array, count: number): Points {
  const input = new BitReader(bytes);
  const time = new Float64Array(count);
  const words = new BigUint64Array(count);
  let delta = 0;
  let window = { leading: 0, trailing: 0 };
  for (let i = 0; i < count; i++) {
    if (i === 0) {
      time[0] = Number(input.take(HEADER_BITS));
      input.take(FIRST_DELTA_BITS);
      words[0] = input.take(WORD_BITS);
      continue;
    }
    delta += takeDelta(input);
    time[i] = (time[i - 1] ?? 0) + delta;
    let change = 0n;
    if (input.take(1) === 1n) {
      if (input.take(1) === 1n) {
        const leading = Number(input.take(5));
        const length = Number(input.take(6)) || WORD_BITS;
        window = { leading, trailing: WORD_BITS - leading - length };
      }
      change = input.take(WORD_BITS - window.leading - window.trailing) << BigInt(window.trailing);
    }
    words[i] = (words[i - 1] ?? 0n) ^ change;
  }
  return { time, value: new Float64Array(words.buffer) };
}

interface Window {
  readonly leading: number;
  readonly trailing: number;
}

function putDelta(out: BitWriter, change: number): void {
  if (change === 0) return out.put(0n, 1);
  const { prefix, prefixBits, bits } = ranges.find(({ bits }) => Math.abs(change - 0.5) < 2 ** (bits - 1)) ?? OTHER;
  if (Math.abs(change) >= 2 ** (OTHER.bits - 1)) throw new RangeError(`a step changes by ${change} s`);
  out.put(BigInt(prefix), prefixBits);
  out.put(BigInt.asUintN(bits, BigInt(change)), bits);
}

function takeDelta(input: BitReader): number {
  let ones = 0;
  while (ones < OTHER.prefixBits && input.take(1) === 1n) ones++;
  if (ones === 0) return 0;
  const { bits } = ranges[ones - 1] ?? OTHER;
  const change = Number(BigInt.asIntN(bits, input.take(bits)));
  // Of n bits the paper uses all patterns: the least negative number of two's complement stands for the greatest.
  return bits < OTHER.bits && change === -(2 ** (bits - 1)) ? -change : change;
}

function putChange(out: BitWriter, change: bigint, window: Window): Window {
  if (change === 0n) {
    out.put(0n, 1);
    return window;
  }
  const digits = change.toString(2);
  const leading = Math.min(MAX_LEADING, WORD_BITS - digits.length);
  const trailing = digits.length - 1 - digits.lastIndexOf('1');
  out.put(1n, 1);
  const fits = leading >= window.leading && trailing >= window.trailing;
  const used = fits ? window : { leading, trailing };
  const length = WORD_BITS - used.leading - used.trailing;
  out.put(fits ? 0n : 1n, 1);
  if (!fits) {
    out.put(BigInt(leading), 5);
    // 64 is stored as 0, which no length is.
    out.put(BigInt(length % WORD_BITS), 6);
  }
  out.put(change >> BigInt(used.trailing), length);
  return used;
}

function seconds(time = 0): number {
  if (!Number.isInteger(time)) throw new RangeError(`${time} is not a whole number of seconds`);
  return time;
}

class BitWriter {
  readonly #bytes: number[] = [];
  #byte = 0;
  #bits = 0;

  put(value: bigint, bits: number): void {
    for (let bit = bits - 1; bit >= 0; bit--) {
      this.#byte = (this.#byte << 1) | Number((value >> BigInt(bit)) & 1n);
      if (++this.#bits < 8) continue;
      this.#bytes.push(this.#byte);
      this.#byte = 0;
      this.#bits = 0;
    }
  }

  finish(): Uint8Array {
    if (this.#bits > 0) this.#bytes.push(this.#byte << (8 - this.#bits));
    return Uint8Array.from(this.#bytes);
  }
}

class BitReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  take(bits: number): bigint {
    let value = 0n;
    for (const end = this.#at + bits; this.#at < end; this.#at++) {
      const byte = this.#bytes[this.#at >> 3] ?? 0;
      value = (value << 1n) | BigInt((byte >> (7 - (this.#at & 7))) & 1);
    }
    return value;
  }
}
