const MARK = '[redacted]';

/** A text as short as a number may stand anywhere by chance: it is hidden where it stands alone, longer ones wherever they are. */
const SHORT = 6;

/** Replaces texts that must not be shown, the longest first, for one may contain another. */
export function redactor(texts: readonly string[]): (shown: string) => string {
  const hidden = [...new Set(texts)].filter((text) => text !== '').toSorted((a, b) => b.length - a.length);
  if (hidden.length === 0) return (shown) => shown;
  const pattern = new RegExp(hidden.map(patternOf).join('|'), 'gu');
  return (shown) => shown.replace(pattern, MARK);
}

/** Does the same to every text in a value as JSON has them; numbers, names of members and structure stay. */
export function redactTexts(value: unknown, redact: (shown: string) => string): unknown {
  if (typeof value === 'string') return redact(value);
  if (Array.isArray(value)) return value.map((item) => redactTexts(item, redact));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, redactTexts(item, redact)]));
}

function patternOf(text: string): string {
  const escaped = RegExp.escape(text);
  return text.length < SHORT ? `(?<![\\p{L}\\p{N}])${escaped}(?![\\p{L}\\p{N}])` : escaped;
}
