import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { z } from 'zod';
import { address } from './address.ts';
import { formatAddress, parseAddress } from './address-text.ts';
import { duration, formatDuration, parseDuration, positiveDuration } from './duration.ts';
import { formatSize, parseSize, positiveSize, size } from './size.ts';

test.each([
  ['250ms', 250_000],
  ['10s', 10_000_000],
  ['1.5m', 90_000_000],
  ['1.1s', 1_100_000],
  ['0.001000ms', 1],
  ['1h', 3_600_000_000],
  ['7d', 604_800_000_000],
])('%s is %d µs', (text, expected) => expect(parseDuration(text)).toBe(expected));

test.each(['', '10', '10 s', '-1s', '1w', '1e3s', '99999999999999d', '0.5us', '0.0001ms'])(
  "'%s' is not a duration",
  (text) => expect(parseDuration(text)).toBeUndefined(),
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

test('what is formatted is read as what it was', () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), (whole) => {
      expect(parseDuration(formatDuration(whole))).toBe(whole);
      expect(parseSize(formatSize(whole))).toBe(whole);
    }),
  );
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), fc.ipV6(), fc.domain()), fc.nat(65_535), (host, port) => {
      expect(parseAddress(formatAddress({ host, port }))).toEqual({ host, port });
    }),
  );
});

test.each([
  [formatDuration(86_400_000_000), '1d'],
  [formatDuration(90_000_000), '90s'],
  [formatDuration(0), '0s'],
  [formatSize(64 << 20), '64MiB'],
  [formatSize(1000), '1000B'],
])('%s is %s', (formatted, expected) => expect(formatted).toBe(expected));

test('the pattern that editors get accepts what the schema accepts', () => {
  const accepts = (schema: z.ZodType, text: string) => new RegExp(String(schema.meta()?.pattern), 'u').test(text);
  const texts = [
    '10s',
    '0s',
    '0.0m',
    '0.5h',
    '10',
    '10 s',
    '64MiB',
    '0B',
    '0.0KiB',
    '64MB',
    '1.5GiB',
    '127.0.0.1:1',
    '[::1]:1',
    'h:65535',
    'h:65536',
    'h:59999',
    'h:00080',
    'h:99999',
    'h:100000',
    '::1:1',
  ];
  for (const schema of [duration, positiveDuration, size, positiveSize, address]) {
    for (const text of texts) expect(accepts(schema, text)).toBe(schema.safeParse(text).success);
  }
});
