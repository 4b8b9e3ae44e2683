import { SeriesLimitError } from '@sluis/plugin-sdk';
import { SeriesTable } from '@sluis/protocol';
import { expect, test } from 'vitest';
import { SourceSeries } from './source-series.ts';

test('a source adds its share of series, goes on with what is known, and leaves others theirs', () => {
  const all = new SeriesTable([{ path: 'lab/known', unit: '' }]);
  const limited = new SourceSeries({ source: 'mqtt', all, most: 2 });
  const other = new SourceSeries({ source: 'tcp', all, most: 1 });
  expect([limited.intern('lab/known'), limited.intern('lab/a'), limited.intern('lab/b', 'm')]).toEqual([0, 1, 2]);
  expect(() => limited.intern('lab/c')).toThrow(SeriesLimitError);
  expect(() => limited.intern('lab/c')).toThrow('sources.mqtt.maxSeries');
  expect([limited.intern('lab/a'), other.intern('lab/c'), limited.intern('lab/c')]).toEqual([1, 3, 3]);
  expect([limited.size, limited.path(2), limited.definition(2)]).toEqual([4, 'lab/b', { path: 'lab/b', unit: 'm' }]);
});
