import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseDuration, parseTime } from './times.ts';

test('an ISO time that names its zone is what Date says, to the µs', () => {
  const range = { min: new Date('1700-01-01'), max: new Date('2200-01-01'), noInvalidDate: true };
  const zone = fc.record({ hours: fc.integer({ min: -14, max: 14 }), minutes: fc.constantFrom(0, 30, 45) });
  fc.assert(
    fc.property(fc.date(range), fc.nat(999), zone, (date, micros, { hours, minutes }) => {
      const offset = (hours < 0 ? -1 : 1) * (Math.abs(hours) * 60 + minutes);
      const local = new Date(date.getTime() + offset * 60_000).toISOString().slice(0, -1);
      const two = (value: number) => String(Math.abs(value)).padStart(2, '0');
      const sign = offset < 0 ? '-' : '+';
      const suffix = `${sign}${two(hours)}:${two(minutes)}`;
      const expected = date.getTime() * 1000 + micros;
      expect(parseTime(`${local}${String(micros).padStart(3, '0')}${suffix}`)).toBe(expected);
    }),
  );
});

test.each([
  ['0', 0],
  ['-5', -5],
  ['9007199254740991', 9007199254740991],
  ['9007199254740993', undefined],
  ['1970-01-01', 0],
  ['1970-01-01T00:01', 60_000_000],
  ['1970-01-01 00:00:01', 1_000_000],
  ['1970-01-01T00:00:00.0000019Z', 1],
  ['1969-12-31T23:59:59.999999Z', -1],
  ['1970-01-01T01:00:00 01:00', 0],
  ['1970-01-01T01:00:00+0100', 0],
  ['2025-02-29', undefined],
  ['2024-02-29', 1_709_164_800_000_000],
  ['2024-01-01T24:00', undefined],
  ['2024-01-01T12:60', undefined],
  ['2024-01-01T12:00+25:00', undefined],
  ['2024-1-1', undefined],
  ['now', undefined],
  ['', undefined],
  ['1e3', undefined],
])('time %s is %s', (text, expected) => {
  expect(parseTime(text)).toBe(expected);
});

test.each([
  ['1us', 1],
  ['250ms', 250_000],
  ['10s', 10_000_000],
  ['5m', 300_000_000],
  ['1h', 3_600_000_000],
  ['7d', 604_800_000_000],
  ['0s', undefined],
  ['10', undefined],
  ['1.5s', undefined],
  ['-1s', undefined],
  ['999999999999d', undefined],
])('duration %s is %s', (text, expected) => {
  expect(parseDuration(text)).toBe(expected);
});
