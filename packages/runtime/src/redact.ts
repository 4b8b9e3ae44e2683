import { UserError } from './user-error.ts';

const MARK = '[redacted]';

/** A text as short as a number may stand anywhere by chance: it is hidden where it stands alone, longer ones wherever they are. */
const SHORT = 6;

/** The password in an address such as postgres://user:password@host, whoever wrote it there; it may have an @ itself. */
const URL_PASSWORD = /(:\/\/[^\s/@:]*:)[^\s/]+@/g;

/** Members whose texts are secret whatever they are. */
const SECRET_MEMBER =
  /^(?:pass(?:word|wd|phrase)|secret|token|authorization|(?:set-)?cookie|(?:api|private)[-_]?key)$/i;

/**
 * Hides texts that must not be shown, also where they stand in an address or in quoted JSON, and passwords in addresses.
 * The longest go first, for one may contain another.
 */
export function redactor(texts: readonly string[]): (shown: string) => string {
  const hidden = [...new Set(texts.flatMap(formsOf))].filter((text) => text !== '');
  if (hidden.length === 0) return hideUrlPasswords;
  const longestFirst = hidden.toSorted((a, b) => b.length - a.length);
  const pattern = new RegExp(longestFirst.map(patternOf).join('|'), 'gu');
  return (shown) => hideUrlPasswords(shown.replace(pattern, MARK));
}

/** Does the same to every text in a value as JSON has them; numbers, names of members and structure stay. */
export function redactTexts(value: unknown, redact: (shown: string) => string): unknown {
  return redactWithin(value, redact, (name) => name);
}

/** As {@link redactTexts}, and to names of members inside of members: those of the record itself are the program's own words. */
export function redactRecord(record: object, redact: (shown: string) => string): object {
  return Object.fromEntries(Object.entries(record).map(([name, item]) => [name, member(name, item, redact, redact)]));
}

function redactWithin(value: unknown, redact: (shown: string) => string, nameOf: (name: string) => string): unknown {
  if (typeof value === 'string') return redact(value);
  if (Array.isArray(value)) return value.map((item) => redactWithin(item, redact, nameOf));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [nameOf(name), member(name, item, redact, nameOf)]),
  );
}

function member(
  name: string,
  item: unknown,
  redact: (shown: string) => string,
  nameOf: (name: string) => string,
): unknown {
  return typeof item === 'string' && SECRET_MEMBER.test(name) ? MARK : redactWithin(item, redact, nameOf);
}

/** Does the same to what is thrown, which is then what a person sees: message, hint, stack and causes. */
export function redactError(error: unknown, redact: (shown: string) => string): unknown {
  if (!(error instanceof Error)) return typeof error === 'string' ? redact(error) : error;
  const cause = redactError(error.cause, redact);
  if (error instanceof UserError) {
    const { message, hint, exitCode } = error;
    return new UserError({ what: redact(message), ...(hint !== undefined && { hint: redact(hint) }), exitCode, cause });
  }
  error.message = redact(error.message);
  if (error.stack !== undefined) error.stack = redact(error.stack);
  if (cause !== undefined) error.cause = cause;
  return error;
}

function hideUrlPasswords(shown: string): string {
  return shown.replace(URL_PASSWORD, `$1${MARK}@`);
}

function formsOf(text: string): string[] {
  return [text, encodeURIComponent(text.toWellFormed()), JSON.stringify(text).slice(1, -1)];
}

function patternOf(text: string): string {
  const escaped = RegExp.escape(text);
  return text.length < SHORT ? `(?<![\\p{L}\\p{N}])${escaped}(?![\\p{L}\\p{N}])` : escaped;
}
