import { OperatorState, SeriesTable } from '@sluis/plugin-sdk';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { aggregates, windowConfig, quantileOf } from './config.ts';
import { binOf, quantile, RELATIVE_ERROR, valueOf } from './quantiles.ts';

const LEAST_NORMAL = 2.2250738585072014e-308;
/** Rounding of the value itself. */
const TOLERANCE = RELATIVE_ERROR * (1 + 1e-12);

const value = fc.oneof(
  fc.double({ noNaN: true }),
  fc.double({ min: -1000, max: 1000, noNaN: true }),
  fc.constantFrom(0, -0, 1, -1, Infinity, -Infinity, Number.MAX_VALUE, Number.MIN_VALUE, LEAST_NORMAL),
);

function sketch(values: readonly number[]) {
  const series = new SeriesTable([{ path: 'a', unit: '' }]);
  const histogram = new OperatorState(series).histograms('sketch').of(0, 0);
  for (const one of values) expect(histogram.add(binOf(one), 1)).toBe(true);
  return histogram;
}

function expectNear(found: number | undefined, exact: number): void {
  if (Math.abs(exact) < LEAST_NORMAL) return expect(found).toBe(0);
  if (!Number.isFinite(exact)) return expect(found).toBe(exact);
  // Beyond the greatest double the middle of the last bin is infinite: a window has its greatest value to keep it down.
  const kept = Math.min(Math.max(found ?? Number.NaN, -Number.MAX_VALUE), Number.MAX_VALUE);
  expect(Math.abs(kept / exact - 1)).toBeLessThanOrEqual(TOLERANCE);
}

test('a bin gives its values back with the error that is stated, in the order of values', () => {
  fc.assert(
    fc.property(value, value, (a, b) => {
      expectNear(valueOf(binOf(a)), a);
      if (a < b) expect(binOf(a)).toBeLessThanOrEqual(binOf(b));
    }),
    { numRuns: 2000 },
  );
});

test('any quantile of any values is that of the sorted ones, with the error that is stated', () => {
  fc.assert(
    fc.property(
      fc.array(value, { minLength: 1, maxLength: 100 }),
      fc.double({ min: 0, max: 0.9999, noNaN: true }),
      (values, share) => {
        const sorted = values.toSorted((a, b) => a - b);
        expectNear(quantile(sketch(values), share), sorted[Math.max(1, Math.ceil(share * values.length)) - 1]);
      },
    ),
  );
});

test('sketches merge, and values are taken back: what is left is that of the rest', () => {
  fc.assert(
    fc.property(fc.array(value), fc.array(value), (kept, other) => {
      const merged = sketch(kept);
      for (const [bin, count] of sketch(other).inOrder()) merged.add(bin, count);
      expect(merged.inOrder()).toEqual(sketch([...other, ...kept]).inOrder());
      for (const one of other) merged.add(binOf(one), -1);
      expect(merged.inOrder()).toEqual(sketch(kept).inOrder());
    }),
  );
});

test('of nothing there is no quantile', () => {
  expect(quantile(sketch([]), 0.5)).toBeUndefined();
});

test('quantiles have names, other aggregates none of these', () => {
  expect(['p0', 'p50', 'p99.9', ...aggregates].map((name) => quantileOf(name as 'p1'))).toEqual([
    0,
    0.5,
    0.999,
    ...aggregates.map(() => undefined),
  ]);
  const aggregate = ['p100'];
  expect(windowConfig.safeParse({ every: '1s', aggregate }).error?.issues[0]?.message).toContain('nor a quantile');
});
