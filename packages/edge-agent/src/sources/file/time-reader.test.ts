import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type EpochUnit, parseEpoch, parseIso } from '../time.ts';
import { LocalTime } from './local-time.ts';
import { TimeReader } from './time-reader.ts';

function read(
  text: string,
  { unit, zone, before = -Infinity }: { unit?: EpochUnit; zone?: string; before?: number } = {},
): number {
  const local = zone === undefined ? undefined : new LocalTime(zone);
  const bytes = Buffer.from(`;${text};`);
  return new TimeReader({ unit, local }).read(bytes, 1, bytes.length - 1, before);
}
const utc = (text: string) => Date.parse(text) * 1_000;

describe('a time', () => {
  test.each([
    '2023-11-14T22:13:20',
    '2023-11-14 22:13:20.1',
    '2023-11-14t22:13:20,123456Z',
    '2023-11-14 22:13:20.1234569',
    '1969-12-31 23:59:59.5',
    '2024-02-29 00:00:00',
    '2023-11-14',
    '2023-11-14 22:13',
    '2023-11-14T22:13:20+01:00',
    ' 2023-11-14T22:13:20Z ',
  ])('%s is what parseIso makes of it', (text) => {
    expect(read(text)).toBe(parseIso(text.trim()));
    expect(read(text)).not.toBeNaN();
  });

  test.each([
    '',
    'x',
    '2023-02-29 00:00:00',
    '2023-11-14 24:00:00',
    '2023-11-14 22:60:00',
    '2023-11-14 22:13:20.',
    '20231114',
    '1700000000',
    '2023-11-14 22:13:20 x',
    '2023-1a-14 22:13:20',
  ])("'%s' is none", (text) => expect(read(text)).toBeNaN());

  test('the quick way and parseIso agree on whatever looks like one', () => {
    const digit = fc.constantFrom(...'0123456789');
    const digits = (n: number) => fc.string({ unit: digit, minLength: n, maxLength: n });
    const shaped = fc
      .tuple(digits(4), fc.nat(13), fc.nat(32), fc.constantFrom('T', ' ', 'x'), fc.nat(25), fc.nat(61), fc.nat(61))
      .map(([year, ...rest]) => {
        const [month, day, separator, hour, minute, second] = rest;
        const two = (n: number) => String(n).padStart(2, '0');
        return `${year}-${two(month)}-${two(day)}${separator}${two(hour)}:${two(minute)}:${two(second)}`;
      });
    const tail = fc.oneof(
      fc.constantFrom('', 'Z', '.', '+01:00', '-0330', '.5Z', 'z'),
      digits(8).map((d) => `.${d}`),
    );
    fc.assert(
      fc.property(shaped, tail, (head, tail) => {
        expect(read(head + tail)).toBe(parseIso(head + tail) ?? Number.NaN);
      }),
      { numRuns: 2_000 },
    );
  });

  test('a number needs its unit, and is then exact', () => {
    for (const [text, unit] of [
      ['1700000000123', 'ms'],
      ['1700000000.123456', 's'],
      ['1700000000,5', 's'],
      ['-1', 'ns'],
      [' 12 ', 'us'],
    ] as const) {
      expect(read(text, { unit })).toBe(parseEpoch(text.trim().replace(',', '.'), unit));
      expect(read(text)).toBeNaN();
    }
    expect(read('2023-11-14T22:13:20Z', { unit: 's' })).toBe(utc('2023-11-14T22:13:20Z'));
  });
});

describe('a place’s clocks', () => {
  const zone = 'Europe/Amsterdam';
  test.each([
    ['2024-01-15 12:00:00', '2024-01-15T11:00:00Z'],
    ['2024-07-15 12:00:00.25', '2024-07-15T10:00:00.25Z'],
    ['2024-07-15 12:00:00Z', '2024-07-15T12:00:00Z'],
    ['2024-07-15 12:00:00+05:00', '2024-07-15T07:00:00Z'],
    ['2024-07-15', '2024-07-14T22:00:00Z'],
    // Put forward at 02:00: what is left out is taken for an hour later.
    ['2024-03-31 01:59:59', '2024-03-31T00:59:59Z'],
    ['2024-03-31 02:30:00', '2024-03-31T01:30:00Z'],
    ['2024-03-31 03:00:00', '2024-03-31T01:00:00Z'],
    // Put back at 03:00: an hour is there twice, and the earlier is meant unless the row before tells otherwise.
    ['2024-10-27 01:59:59', '2024-10-26T23:59:59Z'],
    ['2024-10-27 02:30:00', '2024-10-27T00:30:00Z'],
    ['2024-10-27 03:00:00', '2024-10-27T02:00:00Z'],
  ])('%s in Amsterdam', (text, expected) => expect(read(text, { zone })).toBe(utc(expected)));

  test('show an hour twice: rows in order fall into both', () => {
    const reader = new TimeReader({ unit: undefined, local: new LocalTime(zone) });
    let before = -Infinity;
    const times = ['01:30', '02:00', '02:30', '02:59', '02:00', '02:00', '02:30', '03:00'].map((clock) => {
      const bytes = Buffer.from(`2024-10-27 ${clock}:00`);
      before = reader.read(bytes, 0, bytes.length, before);
      return new Date(before / 1_000).toISOString().slice(11, 16);
    });
    expect(times).toEqual(['23:30', '00:00', '00:30', '00:59', '01:00', '01:00', '01:30', '02:00']);
  });

  test.each(['Europe/Amsterdam', 'America/New_York', 'Asia/Kolkata', 'Australia/Lord_Howe', 'Pacific/Apia', 'UTC'])(
    '%s: a clock that is read back shows what it showed',
    (zone) => {
      const local = new LocalTime(zone);
      const clock = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' });
      const moments = fc
        .integer({ min: Date.UTC(1990, 0) / 1_000, max: Date.UTC(2037, 11) / 1_000 })
        .map((s) => s * 1_000);
      fc.assert(
        fc.property(
          fc.oneof(
            moments,
            fc.integer({ min: utc('2024-01-01') / 1e6, max: utc('2025-01-01') / 1e6 }).map((s) => s * 1_000),
          ),
          (ms) => {
            const shown = utc(`${clock.format(ms).replace(' ', 'T')}Z`);
            const read = local.utc(shown, ms * 1_000);
            // Told that the row before was at this moment, no earlier one can be meant.
            expect(read).toBe(ms * 1_000);
          },
        ),
        { numRuns: 300 },
      );
    },
  );
});
