import { NINE, ZERO } from './bytes.ts';

/** How `precision` relates to µs: digits to drop, and what to multiply by. */
export interface Precision {
  /** Decimal digits finer than a µs: they are dropped, rounding down. */
  readonly finerDigits: number;
  /** µs in one unit, 1 where the unit is not coarser. */
  readonly microseconds: number;
}

export const precisions = {
  ns: { finerDigits: 3, microseconds: 1 },
  us: { finerDigits: 0, microseconds: 1 },
  ms: { finerDigits: 0, microseconds: 1e3 },
  s: { finerDigits: 0, microseconds: 1e6 },
} as const satisfies Record<string, Precision>;

/** Times are whole µs whose magnitude is below this, so that a double holds each exactly. */
export const TIME_BOUND = 2 ** 53;
/** Digits of the lower half: both halves of a time in µs fit in 31 bits. */
const HALF_DIGITS = 8;
const HALF = 10 ** HALF_DIGITS;

/**
 * Reads the digits at `from` as a time, stores it in µs in `into[row]` and returns the position after them; -1 if there are
 * none, or the time is not within bounds. Negative times are left to {@link microseconds}.
 */
export function readTimestamp(
  bytes: Uint8Array,
  from: number,
  precision: Precision,
  into: Float64Array,
  row: number,
): number {
  let end = from;
  while (bytes[end] >= ZERO && bytes[end] <= NINE) end++;
  if (end === from) return -1;
  const stop = Math.max(from, end - precision.finerDigits);
  const half = Math.max(from, stop - HALF_DIGITS);
  if (half - from > HALF_DIGITS) return -1;
  let upper = 0;
  for (let at = from; at < half; at++) upper = (Math.imul(upper, 10) + bytes[at] - ZERO) | 0;
  let lower = 0;
  for (let at = half; at < stop; at++) lower = (Math.imul(lower, 10) + bytes[at] - ZERO) | 0;
  const time = (upper * HALF + lower) * precision.microseconds;
  if (time >= TIME_BOUND) return -1;
  into[row] = time;
  return end;
}

/** A whole number in text as µs, rounded down; undefined if its magnitude is 2^53 µs or more. */
export function microseconds(integer: string, { finerDigits, microseconds: factor }: Precision): number | undefined {
  const scaled = BigInt(integer) * BigInt(factor);
  const divisor = 10n ** BigInt(finerDigits);
  const down = scaled < 0n && scaled % divisor !== 0n ? 1n : 0n;
  const time = Number(scaled / divisor - down);
  return Math.abs(time) < TIME_BOUND ? time : undefined;
}
