import { type Columns, Kind } from '@sluis/plugin-sdk';

/** From here on not every whole number is a double. */
const FIRST_GAP = 2 ** 53;

/** What a row's exact value is beyond the double in its `value` column: not 0 for whole numbers that no double has. */
export function restOf({ kind, integer, value }: Columns, row: number): number {
  if (!kind || !integer || Math.abs(value[row]) < FIRST_GAP) return 0;
  if (kind[row] === Kind.int64) return Number(integer[row] - BigInt(value[row]));
  if (kind[row] === Kind.uint64) return Number(BigInt.asUintN(64, integer[row]) - BigInt(value[row]));
  return 0;
}

/** The inverse: the whole number that is so much beyond a double. */
export function exactInteger(value: number, rest: number): bigint {
  return BigInt(value) + BigInt(rest);
}
