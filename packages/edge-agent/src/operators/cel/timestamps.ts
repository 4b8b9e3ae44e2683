import type { IntegerRange } from './integer-range.ts';

/** How each accessor of a timestamp is computed from µs, in UTC, and the range of its results. */
export const accessors: Record<string, { js: (t: string) => string; range: IntegerRange }> = {
  getFullYear: { js: (t) => `helpers.date(${t}).getUTCFullYear()`, range: [-300_000, 300_000] },
  getMonth: { js: (t) => `helpers.date(${t}).getUTCMonth()`, range: [0, 11] },
  getDate: { js: (t) => `helpers.date(${t}).getUTCDate()`, range: [1, 31] },
  getDayOfMonth: { js: (t) => `(helpers.date(${t}).getUTCDate() - 1)`, range: [0, 30] },
  getDayOfWeek: { js: (t) => `helpers.date(${t}).getUTCDay()`, range: [0, 6] },
  getDayOfYear: { js: (t) => `helpers.dayOfYear(${t})`, range: [0, 365] },
  getHours: { js: (t) => cyclic(t, 3_600_000_000, 24), range: [0, 23] },
  getMinutes: { js: (t) => cyclic(t, 60_000_000, 60), range: [0, 59] },
  getSeconds: { js: (t) => cyclic(t, 1_000_000, 60), range: [0, 59] },
  getMilliseconds: { js: (t) => cyclic(t, 1_000, 1_000), range: [0, 999] },
};

function cyclic(t: string, unit: number, cycle: number): string {
  return `(((Math.floor(${t} / ${unit}) % ${cycle}) + ${cycle}) % ${cycle})`;
}

/** The library reads dates to the millisecond; the rest of the fraction is added. */
export function timestampMicroseconds(date: unknown, literal: unknown): number {
  const milliseconds = (date as Date).getTime();
  const fraction = typeof literal === 'string' ? (/\.(\d+)/.exec(literal)?.[1] ?? '') : '';
  return milliseconds * 1000 + Number(fraction.padEnd(6, '0').slice(3, 6));
}

export function durationMicroseconds(duration: unknown): number {
  const { seconds, nanos } = duration as { seconds: bigint; nanos: number };
  return Number(seconds) * 1_000_000 + Math.floor(nanos / 1000);
}
