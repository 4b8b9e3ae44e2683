import { type Columns, Kind } from '@sluis/plugin-sdk';

/** On which side of the bounds a row is. */
export const BELOW = -1;
export const ABOVE = 1;
/** A NaN is on neither, and not within. */
export const NOWHERE_WITHIN = 2;

/** For each row on which side of the bounds it is, 0 for within; undefined if all are within. */
export function outsideOf({ length, value, kind, integer }: Columns, min: number, max: number): Int8Array | undefined {
  let side: Int8Array | undefined;
  for (let row = 0; row < length; row++) {
    const own = value[row];
    if (kind && kind[row] !== Kind.double) {
      if (kind[row] === Kind.text || kind[row] === Kind.boolean) continue;
      // Numbers of both kinds are compared as what they are, without being made one.
      const exact = exactAt(kind[row], integer?.[row] ?? 0n);
      if (exact >= min && exact <= max) continue;
      side ??= new Int8Array(length);
      side[row] = exact < min ? BELOW : ABOVE;
    } else if (!(own >= min && own <= max)) {
      side ??= new Int8Array(length);
      side[row] = own < min ? BELOW : own > max ? ABOVE : NOWHERE_WITHIN;
    }
  }
  return side;
}

/** The value of a row that is a whole number of 64 bits. */
function exactAt(kind: number, bits: bigint): bigint {
  return kind === Kind.uint64 ? BigInt.asUintN(64, bits) : bits;
}
