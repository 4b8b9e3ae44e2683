/** Something that no definition can have. */
export class NotPlainError extends Error {
  override readonly name = 'NotPlainError';
}

/** Streams, a stream, its steps, a step and what is in it: far less than a stack has room for. */
const MAX_DEPTH = 32;

/**
 * What a file defines as values that can be written down: texts, finite numbers, true, false, null, lists, and objects of
 * these, without keys that are undefined. Throws a {@link NotPlainError} with the key's path for anything else.
 */
export function plainDefinition(value: unknown, path = 'streams', above: readonly object[] = []): unknown {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  if (typeof value !== 'object') throw notPlain(path, typeof value === 'function' ? 'a function' : String(value));
  if (above.length === MAX_DEPTH) {
    throw new NotPlainError(
      `${path}: lies ${MAX_DEPTH} levels deep, and no stream is that deep: leave out what it is in`,
    );
  }
  if (above.includes(value)) throw notPlain(path, 'what it is a part of');
  const around = [...above, value];
  if (Array.isArray(value)) return Array.from(value, (item, i) => plainDefinition(item, `${path}.${i}`, around));
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) throw notPlain(path, `a ${value.constructor.name}`);
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
  const wrong = entries.find(([key]) => key === '__proto__');
  if (wrong) throw new NotPlainError(`${path}: nothing can be called __proto__`);
  return Object.fromEntries(entries.map(([key, inner]) => [key, plainDefinition(inner, `${path}.${key}`, around)]));
}

function notPlain(path: string, what: string): NotPlainError {
  return new NotPlainError(
    `${path}: is ${what}, and must be text, a finite number, true, false, null, a list or an object`,
  );
}
