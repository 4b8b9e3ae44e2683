import { isSample, marbles, run, sample, wildLines } from '@sluis/plugin-sdk/testing';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { conversionOf } from './convert/conversion.ts';
import { convert } from './convert.ts';

type Context = Parameters<typeof convert.create>[0];

function converted(value: number, from: string, to: string): number {
  const conversion = conversionOf(from, to);
  if (conversion.kind === 'curve') return conversion.convert(value);
  const { before, factor, divisor, after } = conversion;
  return ((value + before) * factor) / divisor + after;
}

// Exact: as people expect them who compare with a table.
test.each([
  [212, '[degF]', 'Cel', 100],
  [-40, '[degF]', 'Cel', -40],
  [37.5, 'Cel', '[degF]', 99.5],
  [20, 'Cel', 'K', 293.15],
  [0, 'K', 'Cel', -273.15],
  [0, 'K', '[degF]', -459.67],
  [10, '[degRe]', 'Cel', 12.5],
  [20, 'Cel', 'mK', 293_150],
  [1000, 'mCel', 'Cel', 1],
  [1, 'bar', 'kPa', 100],
  [1, '[in_i]', 'mm', 25.4],
  [25.4, 'mm', '[in_i]', 1],
  [1, 'kW.h', 'MJ', 3.6],
  [90, 's', 'min', 1.5],
  [1, 'L/min', 'm3/h', 0.06],
  [90, '{rev}/min', 'Hz', 1.5],
  [50, '%', '1', 0.5],
  [1, '[lb_av]', 'kg', 0.45359237],
  [1, '10*3/uL', '1/L', 1e9],
  [1, 'm[H2O]', 'Pa', 9806.65],
  [1, '[gal_us]', 'L', 3.785411784],
  [1, 'bit', 'By', 0.125],
  [-0, 'm', 'km', -0],
  [1, 'k[iU]/L', '[iU]/mL', 1],
  [30, 'dB', '1', 1000],
  [100, '%[slope]', 'deg', 45],
])('%s %s is %s: %s', (value, from, to, expected) => {
  expect(converted(value, from, to)).toBe(expected);
});

// By definition of the level: 10 lg of a power, 20 lg of a field.
test.each([
  [1, 'dB[W]', 'W', 10 ** 0.1],
  [30, 'dB[mV]', 'V', 10 ** 1.5 / 1000],
  [3, 'B[SPL]', 'Pa', 2e-5 * 10 ** 1.5],
  [7, '[pH]', 'mol/L', 1e-7],
  [6, 'Np', '1', Math.exp(6)],
  [1, '[psi]', 'bar', 0.0689475729316836],
  [1, '[ppm]', '%', 1e-4],
])('%s %s is near to %s: %s', (value, from, to, expected) => {
  expect(converted(value, from, to) / expected).toBeCloseTo(1, 12);
  expect(converted(expected, to, from) / value).toBeCloseTo(1, 12);
});

test.each([
  ['m', 's', '"m" cannot become "s"'],
  ['[iU]', "[arb'U]", 'cannot become'],
  ['kWh', 'J', '"kWh" is no unit of UCUM, which writes kW.h'],
  ['rpm', 'Hz', '"rpm" is no unit of UCUM, which writes {rev}/min'],
  ['°C', 'K', '"°C" is no unit of UCUM'],
  ['', '1', 'is no unit of UCUM'],
  ['Cel/s', 'K/s', 'reckons with a unit whose values are not proportional'],
  ["[hp'_X]", '1', 'cannot be converted here'],
])('%s to %s is refused', (from, to, message) => {
  expect(() => conversionOf(from, to)).toThrow(message);
});

test('values are converted where they are; ticks, text and time stay', () => {
  const given = marbles(
    '59(t5)|b-',
    { t: 'OFF', b: { value: 104, quality: 'bad', revision: 2 } },
    { ...at, unit: '[degF]' },
  );
  const values = { x: -15, y: (9 - 32) / 1.8, t: 'OFF', b: { value: 40, quality: 'bad', revision: 2 } } as const;
  expect(run(convert, { to: 'Cel' }, given).lines).toEqual(marbles('xy(tx)|b-', values, { ...at, unit: 'Cel' }));
});

const at = { series: 'lab/a', step: '1s' } as const;

test('what cannot be converted is dropped and counted; other series pass', () => {
  const given = '0s lab/a 1\n1s lab/a 2\n0s lab/b 3 bar\n0s lab/c 4 °C\n0s mill/a 5';
  const { samples, counts } = run(convert, { to: 'Cel', series: 'lab/*' }, given);
  expect(samples).toEqual([sample('mill/a', 0, 5)]);
  expect(counts).toEqual({ 'convert: no unit': 2, 'convert: another unit': 1, 'convert: no UCUM unit': 1 });
});

test('of what is no unit of UCUM the log tells once, with the remedy', () => {
  const told: string[] = [];
  const note = (_: object, message: string): void => void told.push(message);
  const log = { debug: note, info: note, warn: note, error: note };
  const logging = { ...convert, create: (context: Context) => convert.create({ ...context, log }) };
  const given = '0s lab/a 1 °F\n1s lab/b 2 kWh\n2s lab/a 3 °F\n3s lab/c 4 Cel/s';
  const { samples, counts } = run(logging, { to: 'Cel' }, given);
  expect(samples).toEqual([]);
  expect(counts).toEqual({ 'convert: no UCUM unit': 3, 'convert: another unit': 1 });
  expect(told).toEqual([
    `convert in stream 's': "°F" is no unit of UCUM, which writes [degF], and "lab/a" is left out. Give it one before this step, by a rename with "unit", or at its source`,
  ]);
});

test('any samples become what each of them becomes by itself', () => {
  const units: Record<string, ((value: number) => number) | undefined> = {
    '[degF]': (value) => (value - 32) / 1.8,
    K: (value) => value - 273.15,
    Cel: (value) => value,
  };
  const given = ['[degF]', 'K', 'Cel', 'bar', ''].flatMap((unit, i) =>
    [1, 'RUN', 7n, true].map((value) => sample(`lab/${i}`, i, value, { unit })),
  );
  fc.assert(
    fc.property(fc.nat(), fc.constantFrom('[degF]', undefined), (seed, from) => {
      const lines = wildLines(given, seed, 80);
      const expected = lines.filter(isSample).flatMap((line) => {
        const unit = line.unit === '' ? (from ?? '') : line.unit;
        const convertOne = units[unit];
        if (!convertOne) return [];
        if (line.unit === 'Cel') return [line];
        const { value } = line;
        if (typeof value === 'string') return [{ ...line, unit: 'Cel' }];
        return [{ ...line, unit: 'Cel', value: convertOne(Number(value)), kind: 'double' as const }];
      });
      expect(run(convert, { to: 'Cel', ...(from && { from }) }, lines).samples).toEqual(expected);
    }),
  );
});

test.each([
  [{ to: 'celsius' }, 'convert.to: "celsius" is no unit of UCUM'],
  [{ to: 'Cel', from: '°F' }, 'convert.from: "°F" is no unit of UCUM'],
  [{ to: 'Cel', from: 'bar' }, 'convert.from: "bar" cannot become "Cel"'],
  [{ to: 'Cel', series: 'lab//a' }, 'convert.series'],
  ['Cel', 'convert: Invalid input'],
])('%j is refused', (config, message) => {
  expect(() => run(convert, config as never, '')).toThrow(message);
});
