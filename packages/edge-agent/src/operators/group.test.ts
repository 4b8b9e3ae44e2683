import {
  isSample,
  type Line,
  marbles,
  parse,
  replaysExactly,
  run,
  sample,
  type Sample,
  together,
  wildLines,
} from '@sluis/plugin-sdk/testing';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { z } from 'zod';
import { group } from './group.ts';
import type { groupConfig } from './group/config.ts';

type Config = z.input<typeof groupConfig>;

const SECOND = 1_000_000;
const sums: Config = { by: 'lab/*/t', as: 'lab/t', every: '10s', aggregate: ['sum'], wait: '2s' };

function told(config: Config, given: Parameters<typeof run>[2]): string {
  const { samples } = run(group, config, given);
  return samples.map(({ time, value, revision }) => `${time / SECOND} ${String(value)} r${revision}`).join(', ');
}

function ticks(from: number, to: number): string {
  return Array.from({ length: to - from + 1 }, (_, i) => `tick ${from + i}s`).join('\n');
}

test('of each window the last sample of each series counts', () => {
  const first = marbles('1--2------ 3--------- 1', {}, { series: 'lab/a/t', step: '1s' });
  const other = marbles('--5------4 ------1--- 1', {}, { series: 'lab/b/t', step: '1s' });
  const expected = marbles('64', {}, { series: 'lab/t/s/sum', step: '10s' });
  expect(run(group, sums, together(first, other)).samples).toEqual(expected);
});

test.each<[string, Config, string, string]>([
  ['the last of each counts', sums, '1s lab/a/t 1\n2s lab/a/t 2\n1s lab/b/t 4\n10s lab/a/t 0\n10s lab/b/t 0', '0 6 r0'],
  ['the last by time', sums, '2s lab/a/t 2\n1s lab/a/t 1\n10s lab/a/t 0', '0 2 r0'],
  [
    'a correction of the last',
    sums,
    '2s lab/a/t 2\n2s lab/a/t 3\n10s lab/a/t 0\n2s lab/a/t 4\ntick 1s',
    '0 3 r0, 0 4 r1',
  ],
  ['the last is taken back', sums, '2s lab/a/t 2\n10s lab/a/t 0\n2s lab/a/t 2 !\ntick 1s', '0 2 r0, 0 NaN r1'],
  ['lateness waits', { ...sums, lateness: '5s' }, '2s lab/a/t 2\n14s lab/a/t 0\n3s lab/a/t 3\n15s lab/a/t 0', '0 3 r0'],
  [
    'nobody waits for the silent',
    sums,
    '2s lab/a/t 2\n2s lab/b/t 2\ntick 1s\n10s lab/a/t 0\ntick 2s\ntick 3s',
    '0 4 r0',
  ],
  [
    'where all fall silent, what the clock has passed is closed, and revised by what comes then',
    { ...sums, wait: '3s' },
    `1s lab/a/t 1\n2s lab/b/t 2\n${ticks(2, 30)}\n3s lab/a/t 5\n11s lab/b/t 7\n${ticks(31, 40)}`,
    '0 3 r0, 0 7 r1, 10 7 r0',
  ],
  ['rows that were dropped let time go on', sums, '2s lab/a/t 2\n10s lab/a/t -\ntick 1s', '0 2 r0'],
  [
    'a clock that lags holds nobody up for longer than the wait',
    { ...sums, wait: '3s' },
    '2s lab/a/t 2\n2s lab/b/t 2\ntick 10s\n2s lab/b/t 2\ntick 11s\n12s lab/a/t 0\n3s lab/b/t 1\ntick 12s\n4s lab/b/t 1\ntick 13s\n5s lab/b/t 1\ntick 14s\n6s lab/b/t 1\ntick 15s',
    '0 3 r0',
  ],
  [
    'a clock that is two hours ahead closes nothing before its end',
    sums,
    '2s lab/b/t 3\n7200s lab/a/t 2\ntick 1s\ntick 4s\n4s lab/b/t 4\ntick 6s\n10s lab/b/t 0\ntick 11s',
    '0 4 r0',
  ],
  ['a clock that is ahead holds nobody up', sums, '90000s lab/b/t 9\n2s lab/a/t 2\n10s lab/a/t 0', '0 2 r0'],
])('%s', (_, config, given, expected) => expect(told(config, given)).toBe(expected));

test('what is left out is counted', () => {
  const given =
    "2s lab/a/t 2\n3s lab/a/t 'x'\n4s lab/a/t 3 !\n5s lab/a/t NaN\n200s lab/a/t 1\n3s lab/a/t 4\n90000s lab/a/t 4\n1s else 1";
  const { samples, counts } = run(group, sums, given);
  expect(samples.map(({ value }) => value)).toEqual([2]);
  expect(counts).toEqual({
    'group: text': 1,
    'group: bad quality': 1,
    'group: not a number': 1,
    'group: late': 1,
    'group: beyond horizon': 1,
  });
});

test('a series in another unit than the first is left out, counted, and told of once', () => {
  const given =
    '1s lab/a/t 1 kW\n1s lab/b/t 2 W\n2s lab/b/t 3 W\n2s lab/c/t 4\n3s lab/d/t 4 kW\n10s lab/a/t 0 kW\n10s lab/d/t 0 kW';
  const { samples, counts } = run(group, sums, given);
  expect(samples).toMatchObject([{ value: 5, unit: 'kW' }]);
  expect(counts).toEqual({ 'group: another unit': 3 });
});

test('one clock 400 days ahead, one series silent for a day, and a burst eight hours late', () => {
  const DAY = 86_400;
  const per = 300;
  const config: Config = {
    ...sums,
    by: 'lab/*/t',
    as: 'lab/t',
    every: '30m',
    aggregate: ['sum', 'count'],
    revise: '9h',
  };
  const given: Line[] = [{ tick: 0 }];
  const all: Sample[] = [];
  for (let at = 0; at < DAY; at += per) {
    const good = [sample('lab/a/t', at * SECOND, at), sample('lab/b/t', at * SECOND, 1)];
    if (at === 0) good.push(sample('lab/silent/t', 0, 5));
    const burst = at === DAY / 2 ? late(DAY / 2 - 8 * 3600, per) : [];
    given.push(...good, ...burst, sample('lab/ahead/t', (at + 400 * DAY) * SECOND, 9), { tick: (at + per) * SECOND });
    all.push(...good, ...burst);
  }
  const { samples, counts } = run(group, config, given);
  expect(counts).toEqual({ 'group: beyond horizon': DAY / per });
  const last = new Map(samples.map((one) => [`${one.series} ${one.time}`, one.value]));
  const expected = new Map<string, number>();
  for (const [key, value] of naive(all, { ...config, every: '1800s' }, Infinity)) {
    if (/\/(?:sum|count) /.test(key)) expected.set(key, value);
  }
  expect(last).toEqual(expected);
  expect(samples.filter(({ revision }) => revision > 0).length).toBe(2 * 2);
});

/** An hour of samples, all at once. */
function late(from: number, per: number): Sample[] {
  return Array.from({ length: 3600 / per }, (_, i) => sample('lab/late/t', (from + i * per) * SECOND, i));
}

test('what comes late is revised as long as is asked for', () => {
  expect(told({ ...sums, revise: '1h' }, '2s lab/a/t 2\n10m lab/a/t 1\n3s lab/a/t 4\ntick 1s')).toBe('0 2 r0, 0 4 r1');
});

test.each<[unknown, string]>([
  [{ ...sums, as: 'lab/{2}' }, 'group.as: {2} stands for nothing in "lab/*/t"'],
  [{ ...sums, aggregate: ['median'] }, 'group.aggregate.0'],
  [{ ...sums, by: 'lab//t' }, 'group.by: is no pattern'],
])('%j is refused', (config, message) => expect(() => run(group, config as never, '')).toThrow(message));

const row = fc
  .record({
    series: fc.constantFrom('lab/a/t', 'lab/b/t', 'lab/c/t', 'lab/c/u'),
    at: fc.nat(60),
    value: fc.constantFrom<Sample['value']>(1, 2, 3.5, 7n, true, 'x', Number.NaN),
    bad: fc.nat(9),
  })
  .map(({ series, at, value, bad }) => {
    return sample(series, at * SECOND, value, { quality: bad === 0 ? 'bad' : bad === 1 ? 'uncertain' : 'good' });
  });
const config: fc.Arbitrary<Config> = fc.record({
  by: fc.constant('lab/*/t'),
  as: fc.constantFrom('all', 'of/{1}'),
  every: fc.constantFrom('5s', '7s'),
  aggregate: fc.constant(['count', 'sum', 'mean', 'min', 'max'] as const),
  lateness: fc.constantFrom('0s', '4s'),
  wait: fc.constant('2s'),
}) as fc.Arbitrary<Config>;

test('the last revisions are those over the samples that count', () => {
  fc.assert(
    fc.property(fc.array(fc.array(row, { maxLength: 12 }), { maxLength: 6 }), config, (blocks, config) => {
      const ends = ['lab/a/t', 'lab/b/t', 'lab/c/t'].map((series) => sample(series, 100 * SECOND, 0));
      const given = [...blocks, ends, []].flatMap((rows, i) => [...rows, { tick: (i + 1) * SECOND }]);
      const last = new Map(run(group, config, given).samples.map((r) => [`${r.series} ${r.time}`, r]));
      for (const [key, { value, quality }] of last) if (quality === 'bad' || value === 0) last.delete(key);
      const found = [...last].map(([key, { value, quality }]) => [key, value, quality]).toSorted();
      expect(found).toEqual(naive(given.filter(isSample), config).toSorted());
    }),
    { numRuns: 150 },
  );
});

test('neither cuts nor restores show on bad days', () => {
  const given = parse('0s lab/a/t 1\n1s lab/b/t 2\n2s lab/a/t 3\n3s lab/c/t 5\n4s lab/c/t 2\n5s lab/a/t 3');
  const config: Config = { ...sums, every: '3s', lateness: '1s', aggregate: ['sum', 'count', 'max'] };
  for (const seed of [1, 2, 3]) replaysExactly(group, config, wildLines(given, seed, 150), { seed, rounds: 2 });
});

/** Each result by series and window, of the last sample that each series had there when all had come. */
function naive(
  given: readonly Sample[],
  { as, every }: Config,
  until = 98 * SECOND,
): [key: string, value: number, quality: string][] {
  const length = Number.parseInt(every, 10) * SECOND;
  const lasts = new Map<string, Sample>();
  for (const one of given) {
    if (!one.series.endsWith('/t') || one.time >= until) continue;
    const key = `${one.series} ${Math.floor(one.time / length) * length}`;
    const last = lasts.get(key);
    const hasNumber = one.quality !== 'bad' && !Number.isNaN(Number(one.value));
    if (hasNumber ? one.time >= (last?.time ?? one.time) : one.time === last?.time) lasts.set(key, one);
  }
  const groups = Map.groupBy(lasts, ([key]) => {
    const [series, start] = key.split(' ');
    return `${as.replace('{1}', series.split('/')[1])} ${start}`;
  });
  return [...groups].flatMap(([key, entries]) => {
    const [path, start] = key.split(' ');
    const samples = entries.map(([, one]) => one);
    const some = samples.filter(({ value, quality }) => quality !== 'bad' && !Number.isNaN(Number(value)));
    if (some.length === 0) return [];
    const values = some.map(({ value }) => Number(value));
    const sum = values.reduce((a, b) => a + b, 0);
    const results = {
      count: some.length,
      sum,
      mean: sum / some.length,
      min: Math.min(...values),
      max: Math.max(...values),
    };
    const quality = some.some((one) => one.quality === 'uncertain') ? 'uncertain' : 'good';
    return Object.entries(results).map(([name, value]) => [`${path}/s/${name} ${start}`, value, quality]);
  });
}
