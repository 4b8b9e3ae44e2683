import { isSample, isTick, type Line, marbles, run, type Sample, sample, wildLines } from '@sluis/plugin-sdk/testing';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { throttle } from './throttle.ts';

const SECOND = 1_000_000;

test('passes the first of each interval at once', () => {
  const at = { series: 'lab/a', step: '250ms' } as const;
  const values = { b: { value: 7, quality: 'bad' }, t: 'RUN' } as const;
  const given = marbles('-123|(45)6-- b t', values, at);
  const passes = marbles('-1--|(45)--- b -', values, at);
  expect(run(throttle, '1s', given).lines).toEqual(passes);
});

/** One sample at a time, and all that has passed remembered. What is beyond the horizon has a memory of one. */
function plain(lines: readonly Line[], every: number): Sample[] {
  const passed: Sample[] = [];
  const others = new Map<string, Sample>();
  let tick = 0;
  for (const line of lines) {
    if (isTick(line)) tick = line.tick;
    if (!isSample(line)) continue;
    const { series, time, lane } = line;
    const isOther = time > tick + 86_400 * SECOND;
    const other = others.get(series);
    const known = isOther
      ? other
        ? [other]
        : []
      : passed.filter((one) => one.series === series && one.lane === 'data');
    // The epoch of tests is a whole number of weeks.
    const same = known.filter((one) => Math.floor(one.time / every) === Math.floor(time / every));
    if (lane === 'data' && same.length > 0 && !same.some((one) => one.time === time)) continue;
    passed.push(line);
    if (isOther && lane === 'data') others.set(series, line);
  }
  return passed;
}

test('what passes of any samples is what a look at all that have passed lets through', () => {
  const given = ['lab/a', 'lab/b'].flatMap((series) => [0, 1, 2].map((at) => sample(series, at * SECOND, at)));
  fc.assert(
    fc.property(fc.nat(), fc.constantFrom(1, 3, 3600), (seed, seconds) => {
      const lines = [{ tick: 0 }, ...wildLines(given, seed, 60)];
      expect(run(throttle, `${seconds}s`, lines).samples).toEqual(plain(lines, seconds * SECOND));
    }),
    { numRuns: Number(process.env['SLUIS_RUNS'] ?? 60) },
  );
});

test('a burst of hours ago has one of each of its intervals, also where it comes in turns with what is new', () => {
  const late = Array.from({ length: 100 }, (_, i) => sample('lab/a', i * 250_000, i));
  const live = Array.from({ length: 100 }, (_, i) => sample('lab/a', 8 * 3600 * SECOND + i * 250_000, i));
  const given = [sample('lab/a', 8 * 3600 * SECOND - SECOND, 0), ...late.flatMap((one, i) => [one, live[i]])];
  const times = run(throttle, '1s', given).samples.map(({ time }) => time % (3600 * SECOND));
  expect(times).toHaveLength(51);
});

test('what is older than all that is remembered is throttled by the last such one', () => {
  const given = Array.from({ length: 1100 }, (_, i) => sample('lab/a', (1000 + i) * SECOND, i));
  const late = [0, 250_000, 3 * SECOND, 500_000, 3 * SECOND].map((time) => sample('lab/a', time, 1));
  const again = [sample('lab/a', 2_000 * SECOND + 1, 1), sample('lab/a', 2_000 * SECOND, 1)];
  const { samples } = run(throttle, '1s', [...given, ...late, ...again]);
  expect(samples.slice(1100).map(({ time }) => time / SECOND)).toEqual([0, 3, 0.5, 3, 2000]);
});

test.each([
  ['0s', 'must be longer than 0'],
  ['1', "'1' is not a duration"],
])('%s is refused', (config, message) => {
  expect(() => run(throttle, config, '')).toThrow(message);
});
