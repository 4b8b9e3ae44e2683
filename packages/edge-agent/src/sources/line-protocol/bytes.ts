/** The bytes that have a meaning in line protocol. */
export const TAB = 0x09;
export const LF = 0x0a;
export const CR = 0x0d;
export const SPACE = 0x20;
export const QUOTE = 0x22;
export const HASH = 0x23;
export const PLUS = 0x2b;
export const COMMA = 0x2c;
export const MINUS = 0x2d;
export const DOT = 0x2e;
export const ZERO = 0x30;
export const NINE = 0x39;
export const EQUALS = 0x3d;
export const BACKSLASH = 0x5c;
export const LOWER_E = 0x65;
export const UPPER_E = 0x45;
export const LOWER_I = 0x69;
export const LOWER_U = 0x75;

/** True where a value or timestamp may end: before a comma, a space, or the end of the line. */
export function endsToken(bytes: Uint8Array, at: number): boolean {
  const c = bytes[at];
  return c === COMMA || c === SPACE || c === LF || (c === CR && bytes[at + 1] === LF);
}

/** True if the byte at `at` is a backslash that makes the next byte a part of a name. */
export function escapes(bytes: Uint8Array, at: number): boolean {
  if (bytes[at] !== BACKSLASH) return false;
  const next = bytes[at + 1];
  return next === COMMA || next === EQUALS || next === SPACE;
}
