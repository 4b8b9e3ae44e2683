import { isSample, marbles, run, sample, wildLines } from '@sluis/plugin-sdk/testing';
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

test('what passes of any samples is what a look at each of them lets through', () => {
  const given = ['lab/a', 'lab/b'].flatMap((series) => [0, 1, 2].map((at) => sample(series, at * SECOND, at)));
  fc.assert(
    fc.property(fc.nat(), fc.constantFrom(1, 3, 3600), (seed, seconds) => {
      const lines = wildLines(given, seed, 60);
      const last = new Map<string, { time: number; interval: number }>();
      const expected = lines.filter(isSample).filter(({ series, time, lane }) => {
        if (lane !== 'data') return true;
        // The epoch of tests is a whole number of weeks.
        const interval = Math.floor(time / (seconds * SECOND));
        const before = last.get(series);
        if (before && before.interval === interval && before.time !== time) return false;
        last.set(series, { time, interval });
        return true;
      });
      expect(run(throttle, `${seconds}s`, lines).samples).toEqual(expected);
    }),
  );
});

test.each([
  ['0s', 'must be longer than 0'],
  ['1', "'1' is not a duration"],
])('%s is refused', (config, message) => {
  expect(() => run(throttle, config, '')).toThrow(message);
});
