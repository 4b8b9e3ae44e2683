import { marbles, run, sample, wildLines } from '@sluis/plugin-sdk/testing';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { deadband } from './deadband.ts';

function passed(d: number, values: readonly number[]): unknown[] {
  const given = values.map((value, i) => sample('a', i, value));
  return run(deadband, d, given).samples.map(({ value }) => value);
}

test.each([
  [0.5, [1, 1.5, 1.51, 2, 1], [1, 1.51, 1]],
  [0, [1, 1, 1.0001, -0, 0], [1, 1.0001, -0]],
  [1, [Number.NaN, Number.NaN, 3, Number.NaN, 3], [Number.NaN, 3, Number.NaN, 3]],
  [
    1,
    [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
    [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  ],
])('d = %d passes of %j', (d, values, expected) => expect(passed(d, values)).toEqual(expected));

test('what is near to the last one that passed goes, whatever its quality; text stays, and series are apart', () => {
  const values = { t: 'RUN', b: { value: 9, quality: 'bad' }, g: 9.5 } as const;
  const a = { series: 'a', step: '1s' };
  const given = [...marbles('12-4 tt b g', values, a), ...marbles('2', {}, { ...a, series: 'b' })];
  const expected = [...marbles('1--4 tt b -', values, a), ...marbles('2', {}, { ...a, series: 'b' })];
  expect(run(deadband, 1, given).samples).toEqual(expected);
});

test('whole numbers that no double has are compared as they are', () => {
  const given = `
    0s x 9007199254740992i
    1s x 9007199254740993i
    2s x 9007199254740993i
    3s x 9007199254740992i
    4s x 18446744073709551615u
    5s x 18446744073709551614u
    6s x 18446744073709551616`;
  expect(run(deadband, 0, given).samples.map(({ time }) => time / 1e6)).toEqual([0, 1, 3, 4, 5, 6]);
});

test('what passes of any samples is what a plain comparison with the last one that passed lets through', () => {
  fc.assert(
    fc.property(fc.nat(), fc.constantFrom(0, 0.5, 10), (seed, d) => {
      const given = wildLines([sample('a', 0, 1), sample('b', 0, 20.5), sample('b', 0, true)], seed, 60);
      const last = new Map<string, number>();
      const expected = given.filter((line) => {
        if (!('value' in line)) return false;
        const { series, value } = line;
        if (typeof value === 'string') return true;
        const before = last.get(series);
        const number = Number(value);
        const isNear = before !== undefined && (Object.is(number, before) || Math.abs(number - before) <= d);
        if (!isNear) last.set(series, number);
        return !isNear;
      });
      expect(run(deadband, d, given).samples).toEqual(expected);
    }),
  );
});

test('a part of the last one that passed: nothing of 0, and of an infinity', () => {
  const values = [0, 1e-9, 100, 101, 102, 99.5, Infinity, Infinity, 5, -5, -5.25, -5.26];
  const given = values.map((value, i) => sample('a', i, value));
  const passes = run(deadband, { percent: 5 }, given).samples.map(({ value }) => value);
  expect(passes).toEqual([0, 1e-9, 100, Infinity, 5, -5, -5.26]);
});

test('of any samples, those pass that a plain comparison of value and time lets through', () => {
  const keys = fc.constantFrom<{ percent?: number; absolute?: number }>(
    { percent: 5 },
    { percent: 0 },
    { absolute: 2 },
  );
  const seconds = fc.constantFrom(undefined, 1, 3, 60);
  fc.assert(
    fc.property(fc.nat(), keys, seconds, (seed, config, heartbeat) => {
      const given = wildLines([sample('a', 0, 100), sample('a', 2e6, 104), sample('b', 5e6, 20.5)], seed, 60);
      const last = new Map<string, { number: number; time: number }>();
      const expected = given.filter((line) => {
        if (!('value' in line)) return false;
        const { series, value, time } = line;
        if (typeof value === 'string') return true;
        const before = last.get(series);
        const number = Number(value);
        const part = Number.isFinite(before?.number)
          ? Math.abs(before?.number ?? 0) * ((config.percent ?? 0) / 100)
          : 0;
        const isNear =
          before &&
          (number === before.number ||
            Object.is(number, before.number) ||
            Math.abs(number - before.number) <= (config.absolute ?? part));
        const isDue = before && heartbeat !== undefined && Math.abs(time - before.time) >= heartbeat * 1e6;
        if (isNear && !isDue) return false;
        last.set(series, { number, time });
        return true;
      });
      const written = { ...config, ...(heartbeat !== undefined && { heartbeat: `${heartbeat}s` }) };
      expect(run(deadband, written, given).samples).toEqual(expected);
    }),
  );
});

test.each([
  [{}, 'deadband: expected absolute or percent, one of them'],
  [{ absolute: 1, percent: 1 }, 'deadband: expected absolute or percent'],
  [{ absolute: -1 }, 'deadband.absolute: Too small'],
  [{ percent: 1, heartbeat: '0s' }, 'deadband.heartbeat: must be longer than 0'],
])('%j is refused', (config, message) => {
  expect(() => run(deadband, config, '')).toThrow(message);
});

test('a negative distance is refused', () => {
  expect(() => run(deadband, -1, '')).toThrow('deadband: Too small');
});
