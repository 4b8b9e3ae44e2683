import { expect, test } from 'vitest';
import { FakeContext } from '../testing/index.ts';
import { seriesId, seriesPath } from './series-path.ts';

test('a path is the site and its levels, in which a / is written %2F', () => {
  expect(seriesPath('lab', ['m/1', 'temperature', 'ö %'])).toBe('lab/m%2F1/temperature/ö %');
});

test('a series beyond the limit has no id, and its sample is counted', () => {
  const context = new FakeContext(undefined, { maxSeries: 1 });
  expect([seriesId(context, 'lab/a', 'Cel'), seriesId(context, 'lab/b'), seriesId(context, 'lab/a')]).toEqual([
    0,
    undefined,
    0,
  ]);
  expect(context.series.definition(0).unit).toBe('Cel');
  expect(context.rejected).toEqual([{ reason: 'series limit', count: 1, example: 'there are 1 series' }]);
});
