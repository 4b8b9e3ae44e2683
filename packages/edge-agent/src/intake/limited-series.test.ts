import { SeriesLimitError } from '@sluis/plugin-sdk';
import { expect, test } from 'vitest';
import { LimitedSeries } from './limited-series.ts';

test('known series go on when no further one is taken', () => {
  const series = new LimitedSeries([{ path: 'lab/a', unit: '' }], 2);
  expect(series.intern('lab/b')).toBe(1);
  expect(() => series.intern('lab/c')).toThrow(SeriesLimitError);
  expect([series.intern('lab/a'), series.intern('lab/b'), series.size]).toEqual([0, 1, 2]);
});

test('a path that a hub would not take is refused where it enters', () => {
  const series = new LimitedSeries([], 10);
  expect(() => series.intern(`lab/${'é'.repeat(511)}`)).toThrow(SeriesLimitError);
  expect(series.intern(`lab/${'é'.repeat(510)}`)).toBe(0);
});

test('an id whose definition is gone takes no room', () => {
  const series = new LimitedSeries(
    [
      { path: '', unit: '' },
      { path: 'lab/a', unit: '' },
    ],
    2,
  );
  expect(series.intern('lab/b')).toBe(2);
  expect(() => series.intern('lab/c')).toThrow(SeriesLimitError);
});
