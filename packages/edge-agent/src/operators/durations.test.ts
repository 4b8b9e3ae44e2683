import { isSample, parse, replaysExactly, run, sample, type Sample, wildLines } from '@sluis/plugin-sdk/testing';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { z } from 'zod';
import { durations } from './durations.ts';
import type { durationsConfig } from './durations/config.ts';

type Config = z.input<typeof durationsConfig>;

const SECOND = 1_000_000;
const minutes: Config = { every: '1m' };

/** Seconds of each state, by window and revision. */
function told(config: Config, given: Parameters<typeof run>[2]): string {
  const { samples } = run(durations, config, given);
  return samples
    .map(
      ({ series, time, value, revision }) => `${time / SECOND} ${series.split('/s/')[1]} ${String(value)} r${revision}`,
    )
    .join(', ');
}

test.each<[string, Config, string, string]>([
  ['a number is a state as it is written', minutes, '0s a 1\n30s a 1.5\n60s a 1', '0 1 30 r0, 0 1.5 30 r0'],
  ['kinds do not tell states apart', minutes, "0s a 1\n10s a 1i\n20s a '1'\n30s a 1u\n60s a 0", '0 1 60 r0'],
  ['a state lasts no longer than it is held', { every: '1m', hold: '10s' }, '0s a 1\n30s a 1\n60s a 1', '0 1 20 r0'],
  ['lateness waits', { every: '1m', lateness: '5s' }, '0s a 1\n64s a 1\n30s a 0\n65s a 1', '0 1 30 r0, 0 0 30 r0'],
  ['a correction is one', minutes, '0s a 1\n30s a 1\n60s a 1\n30s a 0\ntick 1s', '0 1 60 r0, 0 1 30 r1, 0 0 30 r1'],
  ['a repeat changes nothing', minutes, '0s a 1\n60s a 1\n0s a 1\ntick 1s', '0 1 60 r0'],
  ['a level of a path has no slash', minutes, "0s a 'x/y'\n60s a ''", '0 x%2Fy 60 r0'],
  ['rows that earlier steps have dropped let time go on', minutes, '0s a 1\n70s a -\ntick 1s', '0 1 60 r0'],
])('%s', (_, config, given, expected) => expect(told(config, given)).toBe(expected));

test('what was uncertain is no more when it is corrected', () => {
  const { samples } = run(durations, minutes, '0s a 1\n30s a 1 ?\n60s a 1\ntick 1s\n30s a 1\ntick 2s');
  expect(samples).toEqual(parse('0s a/s/1 60 s ?\n0s a/s/1 60 s r1'));
});

test('all states of many series are told', () => {
  const names = Array.from({ length: 100 }, (_, i) => `state ${i}`);
  const given = names.flatMap((name, i) => [sample(`m${i % 4}`, i * SECOND, name)]);
  const end = ['m0', 'm1', 'm2', 'm3'].map((series) => sample(series, 200 * SECOND, ''));
  const { samples } = run(durations, { every: '200s' }, [...given, ...end]);
  expect(new Set(samples.map(({ series }) => series.split('/').at(-1)))).toEqual(new Set(names));
});

test('time goes on with the clock after silence, and a sample that comes then corrects it', () => {
  const given = '0s a 1\ntick 30s\ntick 32s\ntick 34s\ntick 36s\ntick 38s\ntick 40s\n1s a 0\ntick 41s';
  expect(told({ every: '5s', idle: '4s' }, given)).toBe('0 1 5 r0, 5 1 5 r0, 0 1 1 r1, 5 1 0 r1, 0 0 4 r1, 5 0 5 r1');
});

test('states beyond those that a series may have are counted, and are time in no state', () => {
  const given = Array.from({ length: 70 }, (_, i) => sample('a', i * SECOND, i));
  const { samples, counts } = run(durations, minutes, [...given, sample('a', 70 * SECOND, `${'x'.repeat(129)}`)]);
  expect(samples).toHaveLength(60);
  expect(counts).toEqual({ 'durations: too many states': 6, 'durations: long text': 1 });
});

test('what is refused is counted for each sample, however they come', () => {
  const states = Array.from({ length: 64 }, (_, i) => sample('a', i * SECOND, i));
  const more = [100, 100, 7, 100, 'x', 'x', 7].map((value, i) => sample('a', (64 + i) * SECOND, value));
  expect(run(durations, minutes, [...states, ...more]).counts).toEqual({ 'durations: too many states': 5 });
  replaysExactly(durations, minutes, [...states, ...more], { rounds: 1 });
});

test('what is late, or beyond the horizon, is counted', () => {
  const { samples, counts } = run(durations, minutes, '0s a 1\n31s a 1\n10m a 1\n30s a 0\n90000s a 0\ntick 1s');
  expect(samples.every(({ value }) => value === 60)).toBe(true);
  expect(counts).toEqual({ 'durations: late': 1, 'durations: beyond horizon': 1 });
});

test('where samples have come before that are not known, the window that they belong to is left out', () => {
  const given = '30s a 1\n60s a 1\n20s a 0\n120s a 1\n60s b 1\n120s b 1';
  expect(run(durations, minutes, given, { isCut: true }).samples).toEqual(
    parse('60s a/s/1 60 s\n60s a/s/0 0 s\n60s b/s/1 60 s'),
  );
  replaysExactly(durations, minutes, given, { isCut: true });
});

test.each<[unknown, string]>([
  [{}, 'durations.every'],
  [{ every: '1s', hold: '1d' }, 'durations.hold: is more than 1024 windows: at most 1024s'],
])('%j is refused', (config, message) => expect(() => run(durations, config as never, '')).toThrow(message));

const config: fc.Arbitrary<Config> = fc.record(
  { every: fc.constantFrom('1s', '7s'), hold: fc.constantFrom('2s', '500s'), lateness: fc.constantFrom('0s', '3s') },
  { requiredKeys: ['every', 'hold'] },
);
const state = fc.constantFrom<Sample['value']>('RUN', 'IDLE', 'STOP', true, 7n, 2, Number.NaN);
const row = fc
  .record({ series: fc.constantFrom('a', 'b'), at: fc.nat(200), value: state, bad: fc.nat(9) })
  .map(({ series, at, value, bad }) => {
    return sample(series, (at * SECOND) / 4, value, { quality: bad === 0 ? 'bad' : bad === 1 ? 'uncertain' : 'good' });
  });

/** As a source sends them that knows of no disorder: each series by itself. */
function inOrder(rows: readonly Sample[]): Sample[] {
  return rows.toSorted((a, b) => a.series.localeCompare(b.series) || a.time - b.time);
}

test('the last revisions are those over the samples in order of time, with corrections in place', () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(row, { maxLength: 12 }), { maxLength: 6 }),
      fc.boolean(),
      config,
      (blocks, rise, config) => {
        const given = blocks.flatMap((rows, i) => [...(rise ? inOrder(rows) : rows), { tick: (i + 1) * SECOND }]);
        const last = new Map(run(durations, config, given).samples.map((r) => [`${r.series} ${r.time}`, r]));
        const { known, all } = naive(given.filter(isSample), config);
        for (const [key, [seconds, quality]] of all)
          expect([last.get(key)?.value, last.get(key)?.quality]).toEqual([seconds, quality]);
        for (const [key, { value }] of last) if (value !== 0) expect(known, key).toContain(key);
      },
    ),
    { numRuns: 150 },
  );
});

test('neither cuts nor restores show on bad days', () => {
  const given = parse("0s a 'RUN'\n1s a 'IDLE'\n3s b true\n4s b false\n5s a 'RUN'");
  for (const seed of [1, 2, 3]) {
    replaysExactly(durations, { every: '2s', hold: '20s', idle: '2s' }, wildLines(given, seed, 150), {
      seed,
      rounds: 2,
    });
  }
});

/** What each result series has in each window that has closed, each series on its own. */
function naive(given: readonly Sample[], { every, hold, lateness = '0s' }: Config) {
  const [length, held, late] = [every, hold ?? '', lateness].map((text) => Number.parseInt(text, 10) * SECOND);
  const all = new Map<string, [number, Sample['quality']]>();
  for (const [series, samples] of Map.groupBy(given, ({ series }) => series)) {
    const sorted = [...new Map(samples.map((one) => [one.time, one])).values()].sort((a, b) => a.time - b.time);
    const greatest = sorted.at(-1)?.time ?? 0;
    sorted.forEach(({ time, value, quality }, i) => {
      if (quality === 'bad' || Number.isNaN(value)) return;
      const end = Math.min(sorted.at(i + 1)?.time ?? time, time + held);
      for (let start = Math.floor(time / length) * length; start < end; start += length) {
        if (start + length + late > greatest) continue;
        const key = `${series}/s/${String(value)} ${start}`;
        const [seconds, before] = all.get(key) ?? [0, 'good'];
        const own = (Math.min(end, start + length) - Math.max(time, start)) / SECOND;
        all.set(key, [seconds + own, before === 'uncertain' ? before : quality]);
      }
    });
  }
  return { all, known: [...all.keys()] };
}
