import { type EpochUnit, TIME_BOUND } from './time.ts';
import { NINE, ZERO } from './ascii.ts';

/** How the unit of a timestamp relates to µs: digits to drop, and what to multiply by. */
export interface Precision {
  readonly unit: EpochUnit;
  /** Decimal digits finer than a µs: they are dropped, rounding down. */
  readonly finerDigits: number;
  /** µs in one unit, 1 where the unit is not coarser. */
  readonly microseconds: number;
}

export const precisions = {
  ns: { unit: 'ns', finerDigits: 3, microseconds: 1 },
  us: { unit: 'us', finerDigits: 0, microseconds: 1 },
  ms: { unit: 'ms', finerDigits: 0, microseconds: 1e3 },
  s: { unit: 's', finerDigits: 0, microseconds: 1e6 },
} as const satisfies Record<EpochUnit, Precision>;

/** Digits of the lower half: both halves of a time in µs fit in 31 bits. */
const HALF_DIGITS = 8;
const HALF = 10 ** HALF_DIGITS;

/**
 * Reads the digits at `from` as a time, stores it in µs in `into[row]` and returns the position after them; -1 if there are
 * none, or the time is not within bounds. Negative times are left to `parseEpoch`.
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
