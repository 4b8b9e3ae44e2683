import { DOT, LOWER_E, MINUS, NINE, PLUS, UPPER_E, ZERO } from './ascii.ts';

/** A decimal of so many digits is a whole number below 2^53, so exact in a double. */
const EXACT_DIGITS = 15;
/** Nine digits fit in 31 bits: integer arithmetic is quicker than floating point, and most machines send no more. */
const INT_DIGITS = 9;
/** Powers of ten that are exact in a double. */
const POWERS = Float64Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));
const GREATEST_POWER = POWERS.length - 1;
/** An exponent of more digits is left to Number, so that counting cannot overflow. */
const EXPONENT_DIGITS = 4;

/**
 * Reads the decimal at `from`, stores it in `into[row]` and returns the position after it, or -1 if there is none or it is
 * beyond a double. What it stores is always `Number(text)`: a mantissa and a power of ten that are both exact give the
 * correctly rounded result with one operation (Clinger, "How to read floating point numbers accurately", 1990, the fast
 * case); the rest is left to Number. What follows the decimal, the caller must check. `point`: the byte that begins the
 * fraction.
 */
export function readDecimal(bytes: Buffer, from: number, into: Float64Array, row: number, point = DOT): number {
  const negative = bytes[from] === MINUS;
  const first = negative ? from + 1 : from;
  let at = first;
  let mantissa = 0;
  let digit = bytes[at] - ZERO;
  while (digit >= 0 && digit <= 9) {
    mantissa = (Math.imul(mantissa, 10) + digit) | 0;
    digit = bytes[++at] - ZERO;
  }
  let fraction = 0;
  let digits = at - first;
  if (bytes[at] === point) {
    const start = ++at;
    digit = bytes[at] - ZERO;
    while (digit >= 0 && digit <= 9) {
      mantissa = (Math.imul(mantissa, 10) + digit) | 0;
      digit = bytes[++at] - ZERO;
    }
    fraction = at - start;
    digits += fraction;
  }
  const c = bytes[at];
  // The mantissa has overflowed, or there is more to read than it.
  if (digits > INT_DIGITS || digits === 0 || c === LOWER_E || c === UPPER_E)
    return readAny(bytes, from, into, row, point);
  const value = mantissa / POWERS[fraction];
  into[row] = negative ? -value : value;
  return at;
}

/** As {@link readDecimal}, for a mantissa and an exponent of any length. */
function readAny(bytes: Buffer, from: number, into: Float64Array, row: number, point: number): number {
  let at = from;
  let c = bytes[at];
  const negative = c === MINUS;
  if (negative || c === PLUS) c = bytes[++at];
  const first = at;
  let mantissa = 0;
  let fraction = 0;
  while (c >= ZERO && c <= NINE) {
    mantissa = mantissa * 10 + (c - ZERO);
    c = bytes[++at];
  }
  let digits = at - first;
  if (c === point) {
    c = bytes[++at];
    const start = at;
    while (c >= ZERO && c <= NINE) {
      mantissa = mantissa * 10 + (c - ZERO);
      c = bytes[++at];
    }
    fraction = at - start;
    digits += fraction;
  }
  if (digits === 0) return -1;
  let exponent = 0 - fraction;
  let exact = digits <= EXACT_DIGITS;
  if (c === LOWER_E || c === UPPER_E) {
    c = bytes[++at];
    const down = c === MINUS;
    if (down || c === PLUS) c = bytes[++at];
    const start = at;
    let written = 0;
    while (c >= ZERO && c <= NINE) {
      written = written * 10 + (c - ZERO);
      c = bytes[++at];
    }
    if (at === start) return -1;
    exact &&= at - start <= EXPONENT_DIGITS;
    exponent += down ? -written : written;
  }
  if (exact && exponent >= -GREATEST_POWER && exponent <= GREATEST_POWER) {
    const value = exponent < 0 ? mantissa / POWERS[-exponent] : mantissa * POWERS[exponent];
    into[row] = negative ? -value : value;
    return at;
  }
  const text = bytes.toString('latin1', from, at);
  const value = Number(point === DOT ? text : text.replace(String.fromCharCode(point), '.'));
  if (!Number.isFinite(value)) return -1;
  into[row] = value;
  return at;
}
