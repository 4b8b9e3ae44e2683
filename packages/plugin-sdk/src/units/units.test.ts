import { expect, test } from 'vitest';
import { duration, parseDuration, positiveDuration } from './duration.ts';
import { parseSize, size } from './size.ts';

test.each([
  ['250ms', 250_000],
  ['10s', 10_000_000],
  ['1.5m', 90_000_000],
  ['1h', 3_600_000_000],
  ['7d', 604_800_000_000],
])('%s is %d µs', (text, expected) => expect(parseDuration(text)).toBe(expected));

test.each(['', '10', '10 s', '-1s', '1w', '1e3s', '99999999999999d'])("'%s' is not a duration", (text) =>
  expect(parseDuration(text)).toBeUndefined(),
);

test.each([
  ['0B', 0],
  ['64MiB', 67_108_864],
  ['1.5GiB', 1_610_612_736],
])('%s is %d bytes', (text, expected) => expect(parseSize(text)).toBe(expected));

test.each(['', '64', '64MB', '64 MiB', '-1KiB'])("'%s' is not a size", (text) =>
  expect(parseSize(text)).toBeUndefined(),
);

test('schemas say what to write', () => {
  expect(duration.safeParse('10 seconds').error?.issues[0].message).toContain("'10 seconds' is not a duration: write");
  expect(size.safeParse('64MB').error?.issues[0].message).toContain("'64MB' is not a size: write");
  expect(duration.safeParse(10).error?.issues[0].message).toContain('10 is not a duration: write');
  expect(duration.safeParse(undefined).error?.issues[0].message).toContain('received undefined');
  expect(positiveDuration.safeParse('0s').success).toBe(false);
});
