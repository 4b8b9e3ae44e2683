import { marbles, run, sample } from '@sluis/plugin-sdk/testing';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { integrate } from './integrate.ts';
import { finalValues, numbersOf, wildInput, withinHorizon } from './numbers/fixtures.ts';

const input = { series: 'a', step: '1s', unit: 'kW' };
const output = { series: 'a/s/integral', step: '1s', unit: 'kW.s' };

test('an integral begins at 0 and passes over what is no number', () => {
  const values = { t: 'text', b: { value: 9, quality: 'bad' }, u: { value: 5, quality: 'uncertain' } } as const;
  const given = marbles('13-3 tb5 u5', values, input);
  const trapezoid = {
    i: 8,
    j: 20,
    k: { value: 25, quality: 'uncertain' },
    l: { value: 30, quality: 'uncertain' },
  } as const;
  expect(run(integrate, {}, given).samples).toEqual(marbles('02-i --j kl', trapezoid, output));
  const previous = { ...trapezoid, i: 7, j: 16, k: { ...trapezoid.k, value: 21 }, l: { ...trapezoid.l, value: 26 } };
  expect(run(integrate, { method: 'previous' }, given).samples).toEqual(marbles('01-i --j kl', previous, output));
  expect(run(integrate, {}, given).counts).toEqual({ 'integrate: text': 1, 'integrate: bad quality': 1 });
});

test('what follows a late sample is emitted again with the next tick, once', () => {
  const given = '0s a 0\n4s a 0\n6s a 0\n1s a 4\n2s a 4\ntick 10s\n6s a 0\ntick 11s';
  const { lines } = run(integrate, {}, given);
  const shown = lines.map((line) => ('value' in line ? [line.time / 1e6, line.value, line.revision] : 'tick'));
  expect(shown).toEqual([
    [0, 0, 0],
    [4, 0, 0],
    [6, 0, 0],
    [1, 2, 0],
    [2, 6, 0],
    'tick',
    [2, 6, 1],
    [4, 10, 1],
    [6, 10, 1],
    'tick',
  ]);
});

test('the first of all may come late, and may be taken back', () => {
  const given = '2s a 1\n0s a 1\ntick 5s\n0s a 1 !\ntick 6s';
  const { samples } = run(integrate, {}, given);
  expect(samples.map(({ time, value, revision }) => [time / 1e6, value, revision])).toEqual([
    [2, 0, 0],
    [0, 0, 0],
    [2, 2, 1],
    [0, Number.NaN, 2],
    [2, 0, 3],
  ]);
});

test('a spike that is corrected leaves nothing behind', () => {
  const { samples } = run(integrate, {}, '0s a 1\n1s a 1e300\n2s a 1\n1s a 1\ntick 3s');
  expect(samples.at(-1)?.value).toBe(2);
});

test('what is older than all that is remembered is counted', () => {
  const given = Array.from({ length: 1100 }, (_, i) => sample('a', 2 * i, 1));
  const { counts, samples } = run(integrate, { per: '1us' }, [
    ...given,
    sample('a', 153, 3),
    sample('a', 151, 3),
    { tick: 1 },
  ]);
  expect(counts).toEqual({ 'integrate: late': 1 });
  expect(samples.at(-1)).toMatchObject({ time: 2198, value: 2200, revision: 1 });
});

const configs = [{}, { per: '1m', maxGap: '2s' }, { method: 'previous' }] as const;

test('in the end the integrals are those of the sorted samples, bit by bit', () => {
  fc.assert(
    fc.property(fc.nat(), fc.constantFrom(...configs), (seed, config) => {
      const given = withinHorizon(wildInput(seed));
      const { samples } = run(integrate, config, [...given, { tick: 1e15 }]);
      for (const series of ['a', 'b']) {
        const naive = naiveIntegrals(numbersOf(given, series), config);
        expect(finalValues(samples, `${series}/s/integral`)).toEqual(naive);
      }
    }),
    { numRuns: Number(process.env['SLUIS_RUNS'] ?? 60) },
  );
});

interface Config {
  readonly per?: string;
  readonly maxGap?: string;
  readonly method?: string;
}

function naiveIntegrals(numbers: ReturnType<typeof numbersOf>, { per, maxGap, method }: Config): unknown[] {
  let total = 0;
  return numbers.map((to, i) => {
    const from = numbers.at(i - 1);
    let isUncertain = to.quality === 'uncertain';
    const gap = from && i > 0 ? to.time - from.time : Number.POSITIVE_INFINITY;
    if (from && i > 0 && !(maxGap && gap > 2e6)) {
      const height = method ? Number(from.value) : (Number(from.value) + Number(to.value)) / 2;
      total += height * (gap / (per ? 60e6 : 1e6));
      isUncertain ||= from.quality === 'uncertain';
    }
    return [to.time, total, isUncertain ? 'uncertain' : 'good'];
  });
}
