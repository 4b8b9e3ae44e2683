import { expect, test } from 'vitest';
import { OperatorState } from './state/operator-state.ts';
import { StreamSeries } from './stream-series.ts';

test('a path has an id for each unit, whichever was defined first', () => {
  const series = new StreamSeries();
  const ids = ['[degF]', 'Cel', '', 'Cel', '[degF]', ''].map((unit) => series.intern('oven/t', unit));
  expect(ids).toEqual([0, 1, 2, 1, 0, 2]);
  expect(series.intern('oven/p')).toBe(3);
  expect(series.slice(0).map(({ unit }) => unit)).toEqual(['[degF]', 'Cel', '', '']);
});

test('state of one path in two units is restored where it belongs', () => {
  const before = new StreamSeries();
  const state = new OperatorState(before);
  const last = state.float64('last', 0);
  last.values[before.intern('oven/t', '[degF]')] = 212;
  last.values[before.intern('oven/t', 'Cel')] = 100;
  const after = new StreamSeries([{ path: 'oven/t', unit: 'Cel' }]);
  const restored = new OperatorState(after);
  restored.restore(state.snapshot());
  const { values } = restored.float64('last', 0);
  expect([values[after.intern('oven/t', '[degF]')], values[after.intern('oven/t', 'Cel')]]).toEqual([212, 100]);
});

test('an image of an earlier version, which knows no units, finds series by their paths', () => {
  const state = new OperatorState(new StreamSeries([{ path: 'oven/t', unit: 'Cel' }]));
  state.float64('last', 0).values[0] = 100;
  const { units: _units, ...image } = state.snapshot();
  const series = new StreamSeries([{ path: 'oven/t', unit: 'Cel' }]);
  const restored = new OperatorState(series);
  restored.restore(image);
  expect(restored.float64('last', 0).values[0]).toBe(100);
  expect(series.size).toBe(1);
});
