import { isSample, type Line, marbles, run, type Sample, sample, wildLines } from '@sluis/plugin-sdk/testing';
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

test('what is near to the last one that passed goes; text stays, and series are apart', () => {
  const values = { t: 'RUN', b: { value: 9, quality: 'bad' }, g: { value: 9.5, quality: 'bad' } } as const;
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

test('a part of the last one that passed: nothing of 0, and of an infinity', () => {
  const values = [0, 1e-9, 100, 101, 102, 99.5, Infinity, Infinity, 5, -5, -5.25, -5.26];
  const given = values.map((value, i) => sample('a', i, value));
  const passes = run(deadband, { percent: 5 }, given).samples.map(({ value }) => value);
  expect(passes).toEqual([0, 1e-9, 100, Infinity, 5, -5, -5.26]);
});

test('a change of quality passes, and so does a number after a text', () => {
  const values = { b: { value: 1, quality: 'bad' }, u: { value: 1, quality: 'uncertain' }, t: 'RUN' } as const;
  const at = { series: 'a', step: '1s' };
  const given = marbles('11 bb uu 11 t 11', values, at);
  expect(run(deadband, 5, given).samples).toEqual(marbles('1- b- u- 1- t 1-', values, at));
});

test('corrections and late samples are compared with the last one that passed, as any other', () => {
  const given = ['0s 0', '1s 9', '1s 9.5', '0s 9', '1s 7.5', '2s 8', '0s 9'];
  const { samples } = run(deadband, 1, given.map((line) => line.replace(' ', ' a ')).join('\n'));
  expect(samples.map(({ time, value }) => [time / 1e6, value])).toEqual([
    [0, 0],
    [1, 9],
    [1, 7.5],
    [0, 9],
  ]);
});

/** The last one that passed, unless it was a text. */
interface Last {
  readonly number: number;
  readonly quality: string;
  readonly time: number;
}

/** One sample at a time. */
function plain(
  given: readonly Line[],
  config: { percent?: number; absolute?: number },
  heartbeat = Infinity,
): Sample[] {
  const passed = new Map<string, Last>();
  return given.filter(isSample).filter(({ series, value, quality, time }) => {
    const number = Number(value);
    const last = passed.get(series);
    if (last && typeof value !== 'string') {
      const part = Number.isFinite(last.number) ? Math.abs(last.number) * ((config.percent ?? 0) / 100) : 0;
      const isEqual = number === last.number || Object.is(number, last.number);
      const isNear = isEqual || Math.abs(number - last.number) <= (config.absolute ?? part);
      if (isNear && quality === last.quality && Math.abs(time - last.time) < heartbeat) return false;
    }
    if (typeof value === 'string') passed.delete(series);
    else passed.set(series, { number, quality, time });
    return true;
  });
}

test('of any samples, those pass that a plain comparison of value, quality and time lets through', () => {
  const keys = fc.constantFrom<{ percent?: number; absolute?: number }>(
    { percent: 5 },
    { percent: 0 },
    { absolute: 2 },
    { absolute: 0 },
  );
  const seconds = fc.constantFrom(undefined, 1, 3, 60);
  const values = [sample('a', 0, 100), sample('a', 2e6, 104), sample('b', 5e6, 20.5), sample('b', 6e6, true)];
  fc.assert(
    fc.property(fc.nat(), keys, seconds, (seed, config, heartbeat) => {
      const given = wildLines(values, seed, 60);
      const written = { ...config, ...(heartbeat !== undefined && { heartbeat: `${heartbeat}s` }) };
      expect(run(deadband, written, given).samples).toEqual(plain(given, config, heartbeat && heartbeat * 1e6));
      if (heartbeat === undefined && config.absolute !== undefined) {
        expect(run(deadband, config.absolute, given).samples).toEqual(plain(given, config));
      }
    }),
    { numRuns: Number(process.env['SLUIS_RUNS'] ?? 60) },
  );
});

test.each([
  [{}, 'deadband: expected absolute or percent, one of them'],
  [{ absolute: 1, percent: 1 }, 'deadband: expected absolute or percent'],
  [{ absolute: -1 }, 'deadband.absolute: Too small'],
  ['1', 'deadband: must be a number, as 0.5, or { absolute } or { percent }, not "1"'],
  [Number.NaN, 'deadband: must be a number, as 0.5, or { absolute } or { percent }, not NaN'],
  [{ percent: 1, heartbeat: '0s' }, 'deadband.heartbeat: must be longer than 0'],
])('%j is refused', (config, message) => {
  expect(() => run(deadband, config as never, '')).toThrow(message);
});

test('a negative distance is refused', () => {
  expect(() => run(deadband, -1, '')).toThrow('deadband: Too small');
});
