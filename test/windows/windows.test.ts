import { isSample, isTick, run, type SampleValue } from '@sluis/plugin-sdk/testing';
import { describe, expect, test } from 'vitest';
import { window } from '../../packages/edge-agent/src/operators/window.ts';
import { RELATIVE_ERROR } from '../../packages/edge-agent/src/operators/window/quantiles.ts';
import { chosenSeed, Random } from '../e2e/random.ts';
import { HOUR, MINUTE, odd, windowInput } from './input.ts';
import { type SqlWindow, sqlWindows, textOf, windowed } from './sql-windows.ts';

/** Samples a minute of each series: more for a longer run. */
const PER_MINUTE = Number(process.env.SLUIS_TEST_PER_MINUTE ?? 0.25);
const SERIES = 2;

const numbers = [
  ...(['count', 'sum', 'mean', 'timeWeightedMean', 'min', 'max', 'first', 'last', 'stddev', 'range'] as const),
  ...(['p50', 'p99.9'] as const),
];
const late = { revise: '10h', idle: '20s' };
const kinds = [
  { config: { every: '10m', aggregate: numbers }, sql: windowed.tumbling(10 * MINUTE) },
  {
    config: { every: '4m', size: '10m', lateness: '3m', aggregate: numbers },
    sql: windowed.hopping(4 * MINUTE, 10 * MINUTE),
  },
  { config: { sliding: '10m', aggregate: numbers }, sql: windowed.sliding(10 * MINUTE) },
  {
    config: { session: '6m', lateness: '3m', aggregate: [...numbers, 'duration' as const] },
    sql: windowed.session(6 * MINUTE),
  },
  { config: { count: 10, aggregate: numbers }, sql: windowed.count(10) },
  { config: { state: true as const, aggregate: ['count', 'first', 'duration'] as const }, sql: windowed.state() },
];

describe.each(kinds)('$config', ({ config, sql }) => {
  const seed = chosenSeed();
  const ofStates = 'state' in config;
  const input = windowInput({ random: new Random(seed), series: SERIES, perMinute: PER_MINUTE, ofStates });
  const { samples, lines } = run(window, { ...late, ...config, aggregate: [...config.aggregate] }, input.lines);

  test(`final revisions are what SQL says of the sorted input (SLUIS_TEST_SEED=${seed})`, async () => {
    const windows = await sqlWindows(input.known, sql);
    const last = new Map(samples.map((result) => [`${result.series} ${result.time}`, result]));
    const open = new Set<string>();
    const expected = new Set<string>();
    for (const one of windows) {
      for (const aggregate of config.aggregate) {
        const key = `${one.series}/s/${aggregate} ${one.start}`;
        if (!one.isClosed) open.add(key);
        else if (one.found[aggregate] !== null) {
          expected.add(key);
          expect(last.get(key)?.quality, key).toBe(one.quality);
          expectSame(
            key,
            last.get(key)?.value,
            ofStates && aggregate === 'first' ? one.found.state : one.found[aggregate],
            one.size,
          );
        }
      }
    }
    // Nothing else is left of what was sent meanwhile.
    const left = [...last].filter(([key, { quality, value }]) => quality !== 'bad' && value !== 0 && !open.has(key));
    expect(left.map(([key]) => key).filter((key) => !expected.has(key))).toEqual([]);
    expect(expected.size).toBeGreaterThan(100);
  });

  test('a clock ahead by 400 days, a day of silence and a burst eight hours late touch no other series', () => {
    const isOdd = ({ series }: { series: string }): boolean =>
      Object.values<string>(odd).some((name) => series.startsWith(name));
    const others = input.lines.filter((line) => isTick(line) || !isOdd(line));
    const alone = run(window, { ...late, ...config, aggregate: [...config.aggregate] }, others);
    expect(samples.filter((result) => !isOdd(result))).toEqual(alone.samples);
    // The burst comes in the 14th hour, and falls into windows that were closed for hours.
    const before = lines.findIndex((line) => isTick(line) && line.tick === 13 * HOUR);
    const revised = lines
      .slice(before)
      .filter(
        (line) => isSample(line) && line.series.startsWith(odd.burst) && line.time > 3 * HOUR && line.time < 6 * HOUR,
      );
    expect(revised.length).toBeGreaterThan(0);
    expect(samples.some(({ series }) => series.startsWith(odd.ahead))).toBe(true);
  });
});

function expectSame(
  key: string,
  found: SampleValue | undefined,
  expected: SqlWindow['found'][string],
  size: number,
): void {
  if (found === undefined) return expect.fail(`${key}: nothing, not ${expected}`);
  if (typeof expected === 'string') return expect(textOf(found), key).toBe(expected);
  if (/\/(count|min|max|first|last) /.test(key)) return expect(found, key).toBe(expected);
  const isQuantile = /\/p[\d.]+ /.test(key);
  const tolerance = isQuantile ? RELATIVE_ERROR * (1 + 1e-12) : 1e-9;
  // Where values cancel each other out, what is left is as uncertain as the sum of their sizes.
  const rounding = isQuantile ? 0 : 4 * Number.EPSILON * size;
  const apart = Math.abs(Number(found) - Number(expected));
  if (!(apart <= tolerance * Math.abs(Number(expected)) + rounding)) expect.fail(`${key}: ${found}, not ${expected}`);
}
