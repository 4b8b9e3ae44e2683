import { expect, test } from 'vitest';
import { linearScale, logScale } from './scale.ts';

test('A linear axis has round ticks around its values', () => {
  expect(linearScale([3, 47]).ticks).toEqual([0, 10, 20, 30, 40, 50]);
  expect(linearScale([0.12, 0.58], 0).ticks).toEqual([0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6]);
  const { at } = linearScale([3, 47]);
  expect([0, 25, 50].map(at)).toEqual([0, 0.5, 1]);
});

test.each([[[]], [[0]], [[5]], [[-5, -5]]])('A linear axis of %o has two ends', (values) => {
  const { ticks, at } = linearScale(values, 0);
  expect(ticks.length).toBeGreaterThan(1);
  expect(values.map(at).every((place) => place >= 0 && place <= 1)).toBe(true);
});

test('A log axis has a tick for each decade, and more where there are few', () => {
  expect(logScale([10, 1_000_000]).ticks).toEqual([10, 100, 1_000, 10_000, 100_000, 1_000_000]);
  expect(logScale([1, 64]).ticks).toEqual([1, 2, 5, 10, 20, 50, 100]);
  const { at } = logScale([10, 1_000]);
  expect([10, 100, 1_000].map(at)).toEqual([0, 0.5, 1]);
  expect(at(0)).toBe(0);
  expect(logScale([]).ticks).toEqual([1, 2, 5, 10]);
});
