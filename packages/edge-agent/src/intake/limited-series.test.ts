import { SeriesLimitError } from '@sluis/plugin-sdk';
import { expect, test } from 'vitest';
import { LimitedSeries } from './limited-series.ts';

test('known series go on when no further one is taken', () => {
  const series = new LimitedSeries([{ path: 'lab/a', unit: '' }], { series: 2, paths: 100 });
  expect(series.intern('lab/b')).toBe(1);
  expect(() => series.intern('lab/c')).toThrow(SeriesLimitError);
  expect([series.intern('lab/a'), series.intern('lab/b'), series.size]).toEqual([0, 1, 2]);
});

test('a path that a hub would not take is refused where it enters', () => {
  const series = new LimitedSeries([], { series: 10, paths: 4096 });
  expect(() => series.intern(`lab/${'é'.repeat(511)}`)).toThrow(SeriesLimitError);
  expect(series.intern(`lab/${'é'.repeat(510)}`)).toBe(0);
});

test('long paths leave room for fewer series', () => {
  const series = new LimitedSeries([{ path: 'lab/a', unit: '' }], { series: 10, paths: 12 });
  expect(series.intern('lab/é')).toBe(1);
  expect(() => series.intern('ab')).toThrow('limits.paths');
  expect([series.intern('lab/a'), series.pathBytes]).toEqual([0, 11]);
});

test('an id whose definition is gone takes no room', () => {
  const series = new LimitedSeries(
    [
      { path: '', unit: '' },
      { path: 'lab/a', unit: '' },
    ],
    { series: 2, paths: 100 },
  );
  expect(series.intern('lab/b')).toBe(2);
  expect(() => series.intern('lab/c')).toThrow(SeriesLimitError);
});
