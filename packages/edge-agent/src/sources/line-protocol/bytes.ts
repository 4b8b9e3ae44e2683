import { BACKSLASH, COMMA, CR, EQUALS, LF, SPACE } from '../ascii.ts';

export * from '../ascii.ts';

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
