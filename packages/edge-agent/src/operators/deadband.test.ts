import { BatchBuilder, Kind, Quality } from '@sluis/protocol';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { deadband } from './deadband.ts';
import { doubles, Harness } from './harness.ts';

function passed(d: number, values: readonly number[]): number[] {
  const harness = new Harness(deadband, d);
  harness.id('a');
  harness.next(doubles(values.map((value, i) => [0, i, value])));
  return harness.results.map(({ value }) => value);
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

test('series are apart, text passes untouched', () => {
  const harness = new Harness(deadband, 1);
  const builder = new BatchBuilder();
  builder.double(harness.id('a'), 0, 1);
  builder.text(0, 1, 'RUN');
  builder.text(0, 2, 'RUN');
  builder.double(0, 3, 1.5);
  builder.double(harness.id('b'), 3, 1.5);
  harness.next(builder.take());
  expect(harness.results.map(({ series, time }) => [series, time])).toEqual([
    ['a', 0],
    ['a', 1],
    ['a', 2],
    ['b', 3],
  ]);
});

test('quality does not matter', () => {
  const harness = new Harness(deadband, 1);
  harness.next(
    doubles([
      [harness.id('a'), 0, 1, Quality.bad],
      [0, 1, 1.5, Quality.good],
      [0, 2, 9, Quality.bad],
    ]),
  );
  expect(harness.results.map(({ time }) => time)).toEqual([0, 2]);
});

test('a restored operator continues, though ids differ and however batches are cut', () => {
  const rows = fc.array(fc.tuple(fc.constantFrom('a', 'b'), fc.integer({ min: -5, max: 5 })), { maxLength: 40 });
  fc.assert(
    fc.property(rows, fc.nat(40), fc.array(fc.nat(40)), (rows, at, cuts) => {
      const feed = (harness: Harness<number>, from: number, to?: number): void =>
        harness.nextCut(
          doubles(rows.slice(from, to).map(([series, value], i) => [harness.id(series), from + i, value])),
          cuts,
        );
      const whole = new Harness(deadband, 1.5);
      whole.next(doubles(rows.map(([series, value], i) => [whole.id(series), i, value])));
      const before = new Harness(deadband, 1.5);
      feed(before, 0, at);
      const after = new Harness(deadband, 1.5, before.snapshot());
      after.id('z');
      feed(after, at);
      expect([...before.results, ...after.results]).toEqual(whole.results);
    }),
  );
});

test('a negative distance is refused', () => expect(deadband.config.safeParse(-1).success).toBe(false));

test('whole numbers that no double has are compared as they are', () => {
  const harness = new Harness(deadband, 0);
  const builder = new BatchBuilder();
  const id = harness.id('x');
  const values = [2n ** 53n, 2n ** 53n + 1n, 2n ** 53n + 1n, 2n ** 53n];
  values.forEach((value, time) => builder.integer(id, time, value));
  builder.integer(id, 4, 2n ** 64n - 1n, Kind.uint64);
  builder.integer(id, 5, 2n ** 64n - 2n, Kind.uint64);
  builder.double(id, 6, 2 ** 64);
  harness.next(builder.take());
  expect(harness.batches.flatMap(({ time }) => [...time])).toEqual([0, 1, 3, 4, 5, 6]);
});
