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
  if (typeof value === 'string') return redact(value);
  if (Array.isArray(value)) return value.map((item) => redactTexts(item, redact));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => {
      const secret = typeof item === 'string' && SECRET_MEMBER.test(key);
      return [key, secret ? MARK : redactTexts(item, redact)];
    }),
  );
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
