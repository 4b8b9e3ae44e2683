import { Kind } from '@sluis/protocol';

/*
 * Values as JSON and CSV text. A double is written in the shortest form that reads back as the same double, which is
 * what ECMAScript's Number::toString gives; -0 keeps its sign.
 */

export function doubleText(value: number): string {
  return value === 0 && 1 / value < 0 ? '-0' : String(value);
}

/** NaN and infinities have no JSON number: they are strings. */
export function doubleJson(value: number): string {
  return Number.isFinite(value) ? doubleText(value) : `"${value}"`;
}

const EXACT_INTEGERS = 2n ** 53n;

/** Beyond 2^53 readers that parse numbers as doubles would round: those are strings. */
export function integerJson(value: bigint): string {
  return value > EXACT_INTEGERS || value < -EXACT_INTEGERS ? `"${value}"` : String(value);
}

/** Text is quoted always, so that `"true"` is told from `true` and `"1"` from `1`. */
export function textCsv(value: string): string {
  return `"${value.replaceAll('"', '""')}"`;
}

/** A value that is no double: boolean, integer or text, as its JavaScript type says. */
export function exactJson(value: bigint | string | boolean): string {
  if (typeof value === 'bigint') return integerJson(value);
  return JSON.stringify(value);
}

export function exactCsv(value: bigint | string | boolean): string {
  return typeof value === 'string' ? textCsv(value) : String(value);
}

/** The value of a row of a result, undefined for a double. */
export function exactOf(
  kind: number,
  value: number,
  integer: unknown,
  text: unknown,
): bigint | string | boolean | undefined {
  if (kind === Kind.boolean) return value !== 0;
  if (kind === Kind.text) return typeof text === 'string' ? text : '';
  if (kind === Kind.double || typeof integer !== 'bigint') return undefined;
  return kind === Kind.uint64 ? BigInt.asUintN(64, integer) : integer;
}
