import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseEpoch, parseIso } from './time.ts';

test.each([
  ['1700000000123', 'ms', 1_700_000_000_123_000],
  ['1700000000.123456', 's', 1_700_000_000_123_456],
  ['1700000000.1234569', 's', 1_700_000_000_123_456],
  ['1700000000123456789', 'ns', 1_700_000_000_123_456],
  ['999', 'ns', 0],
  ['-1', 'ns', -1],
  ['-1000', 'ns', -1],
  ['-0.0000001', 's', -1],
  ['-1.5', 'ms', -1500],
  ['12', 'us', 12],
  ['9007199254740991', 'us', 2 ** 53 - 1],
  ['-9007199254740991', 'us', -(2 ** 53) + 1],
] as const)('%s %s', (text, unit, time) => expect(parseEpoch(text, unit)).toBe(time));

test.each(['', 'x', '1e3', '9007199254740992', '-9007199254740992', '0x1', ' 1'])("'%s' is no time in µs", (text) => {
  expect(parseEpoch(text, 'us')).toBeUndefined();
});

test('whole numbers are divided exactly, rounding down', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 62n), max: 2n ** 62n }), (ns) => {
      const us = (ns - (((ns % 1000n) + 1000n) % 1000n)) / 1000n;
      expect(parseEpoch(`${ns}`, 'ns')).toBe(Number(us));
    }),
  );
});

test.each([
  ['2023-11-14T22:13:20Z', 1_700_000_000_000_000],
  ['2023-11-14 22:13:20', 1_700_000_000_000_000],
  ['2023-11-14T22:13:20.1234569z', 1_700_000_000_123_456],
  ['2023-11-14T23:13:20,5+01:00', 1_700_000_000_500_000],
  ['2023-11-14T16:43:20-0530', 1_700_000_000_000_000],
  ['2023-11-14T23:13+01', 1_699_999_980_000_000],
  ['1969-12-31T23:59:59.999999Z', -1],
  ['2023-11-14', 1_699_920_000_000_000],
])('%s', (text, time) => expect(parseIso(text)).toBe(time));

test.each(['', 'now', '2023-13-01', '2023-02-30', '2023-11-14T25:00', '14.11.2023', '2023-11-14T22:13:20 CET'])(
  "'%s' is no ISO time",
  (text) => expect(parseIso(text)).toBeUndefined(),
);
