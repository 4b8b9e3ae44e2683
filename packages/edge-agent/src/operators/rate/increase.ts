import { exactInteger } from '../exact-integer.ts';

/** A double, and what a whole number of 64 bits is beyond it. */
export interface ExactNumber {
  readonly value: number;
  readonly rest?: number | undefined;
}

/** From one number to the next. Whole numbers that no double has are subtracted as they are, not as the nearest doubles. */
export function increase(from: ExactNumber, to: ExactNumber): number {
  return areWhole(from, to) ? Number(wholeOf(to) - wholeOf(from)) : to.value - from.value;
}

/** The same by way of `limit`, where a counter begins at 0 again. */
export function increaseAround(from: ExactNumber, to: ExactNumber, limit: number): number {
  const isExact = areWhole(from, to) && Number.isInteger(limit);
  return isExact ? Number(BigInt(limit) - wholeOf(from) + wholeOf(to)) : limit - from.value + to.value;
}

export function isBelow({ value, rest = 0 }: ExactNumber, limit: number): boolean {
  return value < limit || (value === limit && rest < 0);
}

/** False, too, where doubles say the same. */
function areWhole(from: ExactNumber, to: ExactNumber): boolean {
  if (!from.rest && !to.rest) return false;
  return Number.isInteger(from.value) && Number.isInteger(to.value);
}

function wholeOf({ value, rest = 0 }: ExactNumber): bigint {
  return exactInteger(value, rest);
}
