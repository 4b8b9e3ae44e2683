import { format, marbles, run, type Sample, sample, wildLines } from '@sluis/plugin-sdk/testing';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { finalValues, numbersOf, wildInput, withinHorizon } from './numbers/fixtures.ts';
import { rate } from './rate.ts';

const input = { series: 'a', step: '1s', unit: 'm' };
const output = { series: 'a/s/rate', step: '1s', unit: 'm/s' };

test('a rate is from a sample to the next, whatever lies between that is no number', () => {
  const values = {
    t: 'text',
    b: { value: 9, quality: 'bad' },
    n: Number.NaN,
    u: { value: 5, quality: 'uncertain' },
  } as const;
  const given = marbles('13-5 tbn5 u8', values, input);
  const results = {
    a: 2,
    b: 1,
    c: 0,
    d: { value: 0, quality: 'uncertain' },
    e: { value: 3, quality: 'uncertain' },
  } as const;
  expect(run(rate, {}, given).samples).toEqual(marbles('-a-b ---c de', results, output));
  expect(run(rate, {}, given).counts).toEqual({ 'rate: text': 1, 'rate: bad quality': 1, 'rate: not a number': 1 });
});

test('a late sample divides its interval, a correction changes both sides, and a bad one joins them again', () => {
  const given = '0s a 0\n4s a 8\n2s a 6\n2s a 6\n2s a 7\n2s a 7 !\n5s a 8';
  expect(run(rate, {}, given).samples.map(({ time, value, revision }) => [time / 1e6, value, revision])).toEqual([
    [4, 2, 0],
    [2, 3, 0],
    [4, 1, 1],
    [2, 3.5, 2],
    [4, 0.5, 3],
    [2, Number.NaN, 4],
    [4, 2, 5],
    [5, 0, 0],
  ]);
});

test.each([
  [{ counter: true }, 10, 4, 4],
  [{ counter: true, wrapsAt: 16 }, 10, 4, 4],
  [{ counter: true, wrapsAt: 16 }, 14, 4, 6],
  [{ counter: true, wrapsAt: 16 }, 20, 4, 4],
  [{}, 10, 4, -6],
])('with %j from %d to %d is a rate of %d', (config, from, to, expected) => {
  expect(run(rate, config, `0s a ${from}\n1s a ${to}`).samples.map(({ value }) => value)).toEqual([expected]);
});

test.each([
  ['Cel', '1s', 'K/s'],
  ['kW.h', '1h', 'kW.h/h'],
  ['1', '1m', '/min'],
  ['', '1s', ''],
  ['L', '10s', 'L/(10.s)'],
])('the unit %s per %s is %s', (unit, per, expected) => {
  const given = [sample('a', 0, 1, { unit }), sample('a', 1, 1, { unit })];
  expect(run(rate, { per }, given).samples.map((one) => one.unit)).toEqual([expected]);
});

test('what is older than all that is remembered is counted, and so is what is beyond the horizon', () => {
  const given = [
    ...Array.from({ length: 1100 }, (_, i) => sample('a', 2 * i, i)),
    sample('a', 153, 0),
    sample('a', 151, 0),
  ];
  const { counts, samples } = run(rate, {}, [...given, sample('a', 400 * 86_400_000_000, 0), sample('a', 2200, 1100)]);
  expect(samples.map(({ time }) => time).slice(-3)).toEqual([153, 154, 2200]);
  expect(counts).toEqual({ 'rate: late': 1, 'rate: beyond horizon': 1 });
});

test('whole numbers that no double has are subtracted as they are, also around the end of 64 bits', () => {
  const given = [
    '9007199254740992i',
    '9007199254740993i',
    '9007199254740996i',
    '9007199254740993i',
    '18446744073709551613u',
    '2u',
  ];
  const config = { counter: true, wrapsAt: 2 ** 64 };
  const rates = run(rate, config, given.map((value, i) => `${i}s a ${value}`).join('\n')).samples.map(
    ({ value }) => value,
  );
  expect(rates).toEqual([1, 3, Number(9007199254740993n), Number(18446744073709551613n - 9007199254740993n), 5]);
  const late = '0s a 9007199254740992i\n4s a 9007199254740996i\n2s a 9007199254740993i\n4s a 9007199254740995i';
  expect(run(rate, {}, late).samples.map(({ value }) => value)).toEqual([1, 0.5, 1.5, 1]);
});

const configs = [{}, { per: '1m', maxGap: '2s' }, { counter: true, wrapsAt: 32 }] as const;

const large = [2n ** 60n, 2n ** 60n + 1n, 2n ** 60n + 3n, -(2n ** 60n)].flatMap((value, i) => [
  sample('a', i * 1_000_000, value),
  sample('b', i * 1_000_000, value),
]);

test('in the end the rates are those between neighbours of the sorted samples, bit by bit', () => {
  fc.assert(
    fc.property(fc.nat(), fc.constantFrom(...configs), fc.boolean(), (seed, config, isLarge) => {
      const given = withinHorizon(isLarge ? wildLines(large, seed, 60) : wildInput(seed));
      const { samples } = run(rate, config, given);
      for (const series of ['a', 'b']) {
        expect(finalValues(samples, `${series}/s/rate`)).toEqual(naiveRates(numbersOf(given, series), config));
      }
    }),
    { numRuns: Number(process.env['SLUIS_RUNS'] ?? 60) },
  );
});

interface Config {
  readonly per?: string;
  readonly maxGap?: string;
  readonly counter?: boolean;
}

function naiveRates(numbers: ReturnType<typeof numbersOf>, { per, maxGap, counter }: Config): unknown[] {
  const counted = counter ? numbers.filter(({ value }) => Number(value) >= 0) : numbers;
  return counted.slice(1).flatMap((to, i) => {
    const from = counted[i];
    const seconds = (to.time - from.time) / 1e6;
    if (maxGap && seconds > 2) return [];
    let increase = difference(from.value, to.value);
    if (counter && increase < 0) {
      increase = Number(to.value);
      const wrapped = 32 - Number(from.value) + Number(to.value);
      if (Number(from.value) < 32 && wrapped < 16) increase = wrapped;
    }
    const isUncertain = [from, to].some(({ quality }) => quality === 'uncertain');
    const length = per ? (to.time - from.time) / 60e6 : seconds;
    return [[to.time, increase / length, isUncertain ? 'uncertain' : 'good']];
  });
}

/** Whole numbers as what they are. */
function difference(from: Sample['value'], to: Sample['value']): number {
  return typeof from === 'bigint' && typeof to === 'bigint' ? Number(to - from) : Number(to) - Number(from);
}

test('only a counter wraps', () => {
  expect(() => run(rate, { wrapsAt: 10 }, '')).toThrow('rate.wrapsAt: only a counter wraps');
});

test('where samples have come before that are not known, quality and digits are known of those that are', () => {
  const late = '0s a 1\n10s a 2 ?\n20s a 3\ntick 21s\n15s a 4\ntick 22s';
  expect(format(run(rate, { per: '1s' }, late, { isCut: true }).samples)).toContain('15s  a/s/rate  0.4  ?');
  const large =
    '0s a 0i\n10s a 9007199254740993i\n20s a 9007199254740995i\ntick 21s\n15s a 9007199254740994i\ntick 22s';
  const { samples } = run(rate, { per: '1s' }, large, { isCut: true });
  expect(samples.slice(1).map(({ value }) => value)).toEqual([0.2, 0.2]);
});
