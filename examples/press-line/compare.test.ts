import { expect, test } from 'vitest';
import { loadOf, WINDOW_US, windowsOf } from './expectations.ts';
import type { Samples, Value } from './ledger.ts';
import { compare, wrongWindows } from './compare.ts';

const sent = samples([1, 10], [2, -0], [3, 30]);

test.each([
  { what: 'the same', stored: sent, missing: 0, extra: 0 },
  { what: 'nothing', stored: samples(), missing: 3, extra: 0 },
  { what: 'one less', stored: samples([1, 10], [3, 30]), missing: 1, extra: 0 },
  { what: 'one twice', stored: samples([1, 10], [1, 10], [2, -0], [3, 30]), missing: 0, extra: 1 },
  { what: 'one that was not sent', stored: samples([1, 10], [2, -0], [3, 30], [4, 40]), missing: 0, extra: 1 },
  { what: 'another value', stored: samples([1, 10], [2, -0], [3, 31]), missing: 1, extra: 0 },
  { what: 'a zero of another sign', stored: samples([1, 10], [2, 0], [3, 30]), missing: 1, extra: 0 },
])('$what: $missing missing, $extra too many', ({ stored, missing, extra }) => {
  expect(compare(sent, stored)).toEqual({ stored: stored.times.length, missing, extra });
});

const first = { start: 0, count: 2, mean: 2, min: 1, max: 3 };

test.each([
  { what: 'the same', stored: [first], wrong: 0 },
  { what: 'a mean summed in another order', stored: [{ ...first, mean: 2 + 4e-16 }], wrong: 0 },
  { what: 'none', stored: [], wrong: 1 },
  { what: 'one too many', stored: [first, { ...first, start: WINDOW_US }], wrong: 1 },
  { what: 'no mean', stored: [{ start: 0, count: 2, min: 1, max: 3 }], wrong: 1 },
  { what: 'another count', stored: [{ ...first, count: 3 }], wrong: 1 },
  { what: 'another mean', stored: [{ ...first, mean: 2.000_001 }], wrong: 1 },
  { what: 'another minimum', stored: [{ ...first, min: 0.999 }], wrong: 1 },
  { what: 'another maximum', stored: [{ ...first, max: 3.001 }], wrong: 1 },
])('windows, $what: $wrong wrong', ({ stored, wrong }) => {
  expect(wrongWindows([first], new Map(stored.map((window) => [window.start, window])))).toBe(wrong);
});

test('a window is expected once a later one has a sample', () => {
  const open = samples([WINDOW_US - 2, 1], [WINDOW_US - 1, 3]);
  expect(windowsOf(open)).toEqual([]);
  expect(windowsOf(samples(...rows(open), [WINDOW_US, 9]))).toEqual([first]);
});

test('windows know no text', () => {
  expect(windowsOf(samples([1, 'idle'], [WINDOW_US, 'running']))).toEqual([]);
});

test('the load is power above 10 kW that is more than the deadband away from the last one', () => {
  const values = samples([1, 4], [2, 11], [3, 11.5], [4, 11.75], [5, 9], [6, 11.5], [7, 11], [8, 'off']);
  expect(rows(loadOf('lab/press-1/process/power', values))).toEqual([
    [2, 11],
    [4, 11.75],
    [7, 11],
  ]);
  expect(rows(loadOf('lab/press-1/process/current', values))).toEqual([]);
});

function samples(...list: [time: number, value: Value][]): Samples {
  return { times: list.map(([time]) => time), values: list.map(([, value]) => value) };
}

function rows({ times, values }: Samples): [number, Value][] {
  return times.map((time, row) => [time, values[row]]);
}
