import { isSample, marbles, run, type Sample, sample } from '@sluis/plugin-sdk/testing';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { fill } from './fill.ts';
import { wildInput, withinHorizon } from './numbers/fixtures.ts';

const input = { series: 'a', step: '1s' };
const uncertain = { a: 1, t: 'RUN', f: true, n: 9007199254740993n } as const;
const filled = Object.fromEntries(
  Object.entries(uncertain).map(([name, value]) => [name.toUpperCase(), { value, quality: 'uncertain' as const }]),
);

test('the last value is repeated, of whatever kind', () => {
  const given = marbles('a--t-f--n-a', uncertain, input);
  expect(run(fill, { every: '1s', with: 'previous' }, given).samples).toEqual(
    marbles('aAAtTfFFnNa', { ...uncertain, ...filled }, input),
  );
});

test('a line is drawn between doubles; all else is filled with the last value', () => {
  const given = marbles('a---5 n-a -t', uncertain, input);
  const line = {
    b: { value: 2, quality: 'uncertain' },
    c: { value: 3, quality: 'uncertain' },
    d: { value: 4, quality: 'uncertain' },
  } as const;
  const expected = marbles('abcd5 nNa At', { ...uncertain, ...filled, ...line }, input);
  expect(run(fill, { every: '1s', with: 'linear' }, given).samples).toEqual(expected);
});

test('nothing is filled behind what has no value, nor texts with a number, nor beyond the limit', () => {
  const values = { ...uncertain, b: { value: 1, quality: 'bad' }, z: { value: 0, quality: 'uncertain' } } as const;
  const given = marbles('1b--1 t--1 ----1', values, input);
  const expected = marbles('1b--1 t--1 zz--1', values, input);
  expect(run(fill, { every: '1s', with: 0, limit: '2s' }, given).samples).toEqual(expected);
});

test('a late sample passes where a gap was filled', () => {
  const given = '0s a 1\n3s a 4\n1s a 9\n4s a 5\n4s a 6\n6s a 7';
  const { samples } = run(fill, { every: '1s', with: 'previous' }, given);
  expect(samples.map(({ time, value }) => [time / 1e6, value])).toEqual([
    [0, 1],
    [1, 1],
    [2, 1],
    [3, 4],
    [1, 9],
    [4, 5],
    [4, 6],
    [5, 6],
    [6, 7],
  ]);
});

const configs = [
  { every: '1s', with: 'previous' },
  { every: '750ms', with: 'linear', limit: '5s' },
  { every: '500ms', with: 0, limit: '3s' },
] as const;

test('intervals that have no sample get one, as one by one', () => {
  fc.assert(
    fc.property(fc.nat(), fc.constantFrom(...configs), (seed, config) => {
      const given = withinHorizon(wildInput(seed)).filter((line) => isSample(line) && line.lane === 'data');
      const expected = naive(given.filter(isSample), config);
      expect(run(fill, config, given).samples).toEqual(expected);
    }),
    { numRuns: Number(process.env['SLUIS_RUNS'] ?? 60) },
  );
});

const lengths: Readonly<Record<string, number>> = { '1s': 1e6, '750ms': 750e3, '500ms': 500e3, '5s': 5e6, '3s': 3e6 };

function naive(given: readonly Sample[], config: { every: string; with: string | number; limit?: string }): Sample[] {
  const every = lengths[config.every];
  const limit = lengths[config.limit ?? ''] ?? 60 * every;
  const last = new Map<string, Sample>();
  return given.flatMap((to) => {
    const from = last.get(to.series);
    if (!from || to.time >= from.time) last.set(to.series, to);
    if (!from || to.time < from.time || !hasValue(from)) return [to];
    const between: Sample[] = [];
    for (let n = 1; n <= 1000; n++) {
      const time = (Math.floor(from.time / every) + n) * every;
      if (time > to.time - every || time > from.time + limit) break;
      const value = valueAt(time, from, to, config.with, limit);
      if (value !== undefined)
        between.push(sample(from.series, time, value, { quality: 'uncertain', unit: from.unit }));
    }
    return [...between.map((one) => ({ ...one, kind: typeof one.value === 'bigint' ? from.kind : one.kind })), to];
  });
}

function valueAt(
  time: number,
  from: Sample,
  to: Sample,
  how: string | number,
  limit: number,
): Sample['value'] | undefined {
  if (typeof how === 'number') return from.kind === 'text' ? undefined : how;
  if (how === 'previous' || from.kind !== 'double' || to.kind !== 'double') return from.value;
  if (!hasValue(to) || to.time - from.time > limit) return undefined;
  return Number(from.value) + (Number(to.value) - Number(from.value)) * ((time - from.time) / (to.time - from.time));
}

function hasValue({ quality, kind, value }: Sample): boolean {
  return quality !== 'bad' && (kind === 'text' || Number.isFinite(Number(value)));
}

test.each([
  [{ every: '1s', with: 'next' }, 'fill.with: must be previous, linear or a number, not "next"'],
  [{ every: '1s', with: Number.NaN }, 'fill.with: must be previous, linear or a number, not NaN'],
  [{ every: '0.5us', with: 0 }, "fill.every: '0.5us' is finer than the finest, which is 1us"],
  [{ every: '1s', with: 0, limit: '1h' }, 'fill.limit: is more than 1000 intervals'],
])('%j is refused: %s', (config, message) => {
  expect(() => run(fill, config as never, '')).toThrow(message);
});
