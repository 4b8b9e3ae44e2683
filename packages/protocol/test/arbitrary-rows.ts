import * as fc from 'fast-check';
import { BatchBuilder } from '../src/batch-builder.ts';
import { type Columns, Kind } from '../src/batch.ts';
import { doubleOf } from './text-rows.ts';

type Value =
  | { readonly double: number }
  | { readonly boolean: boolean }
  | { readonly int64: bigint }
  | { readonly uint64: bigint }
  | { readonly text: string };

const anyBits = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((bits) => doubleOf(bits.toString(16)));
const decimal = fc.tuple(fc.integer(), fc.nat(15)).map(([number, decimals]) => Number(`${number}e-${decimals}`));
const special = fc.constantFrom(0, -0, Infinity, -Infinity, Number.NaN, 5e-324, 0.1 + 0.2, 2 ** 51, -(2 ** 53), 1e300);

/** Values that one series may hold: most series are of one make, so that every form of the encoder is met. */
const makes: fc.Arbitrary<fc.Arbitrary<Value>> = fc.constantFrom(
  fc.nat(9999).map((number) => ({ double: number / 100 })),
  decimal.map((double) => ({ double })),
  fc.float().map((double) => ({ double })),
  fc.double().map((double) => ({ double })),
  fc.maxSafeInteger().map((double) => ({ double })),
  fc.boolean().map((boolean) => ({ boolean })),
  fc
    .oneof(fc.bigInt({ min: -500n, max: 500n }), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }))
    .map((int64) => ({ int64 })),
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((uint64) => ({ uint64 })),
  fc.oneof(fc.string({ unit: 'binary', maxLength: 8 }), fc.constantFrom('on', 'off')).map((text) => ({ text })),
  fc.oneof<fc.Arbitrary<Value>[]>(
    anyBits.map((double) => ({ double })),
    special.map((double) => ({ double })),
    decimal.map((double) => ({ double })),
    fc.boolean().map((boolean) => ({ boolean })),
    fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((uint64) => ({ uint64 })),
    fc.string({ maxLength: 3 }).map((text) => ({ text })),
  ),
);

const anyTime = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: -1000, max: 1000 }).map((i) => 1_700_000_000_000_000 + i * 1_000) },
  { weight: 1, arbitrary: fc.integer({ min: -(2 ** 53) + 1, max: 2 ** 53 - 1 }) },
);
const times = fc.oneof(
  fc.tuple(anyTime, fc.constantFrom(1, 1_000, 1_000_000)).map(
    ([start, step]) =>
      (i: number) =>
        Math.abs(start) < 2 ** 52 ? start + i * step : start,
  ),
  fc.array(anyTime, { minLength: 1, maxLength: 20 }).map((list) => (i: number) => list[i % list.length]),
);

/** A ramp that starts again at ±2^51, where whole numbers of the format end. */
const ramps: fc.Arbitrary<Value[]> = fc
  .tuple(fc.maxSafeInteger(), fc.maxSafeInteger(), fc.integer({ min: 1, max: 40 }))
  .map(([start, step, length]) => Array.from({ length }, (_, i) => ({ double: (start / 4 + i * step) % 2 ** 51 })));

const series = fc.record({
  id: fc.oneof(fc.nat(50), fc.nat(2 ** 32 - 1)),
  values: fc.oneof(
    { weight: 9, arbitrary: makes.chain((make) => fc.array(make, { minLength: 1, maxLength: 40, size: 'max' })) },
    { weight: 1, arbitrary: ramps },
  ),
  time: times,
  quality: fc.oneof(fc.constant([0] as const), fc.array(fc.constantFrom(0, 1, 2), { minLength: 1, maxLength: 5 })),
  revision: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(0xffff) }),
});

/** Batches of all kinds: up to eight series whose rows are interleaved, or not. */
export const arbitraryRows: fc.Arbitrary<Columns> = fc
  .record({ series: fc.array(series, { maxLength: 8 }), interleaved: fc.boolean() })
  .map(({ series, interleaved }) => {
    const rows = series.flatMap(({ id, values, time, quality, revision }) =>
      values.map((value, i) => ({ i, id, value, time: time(i), quality: quality[i % quality.length], revision })),
    );
    if (interleaved) rows.sort((a, b) => a.i - b.i);
    const builder = new BatchBuilder();
    for (const { id, value, time, quality } of rows) {
      if ('double' in value) builder.double(id, time, value.double, quality);
      else if ('boolean' in value) builder.boolean(id, time, value.boolean, quality);
      else if ('int64' in value) builder.integer(id, time, value.int64, Kind.int64, quality);
      else if ('uint64' in value) builder.integer(id, time, value.uint64, Kind.uint64, quality);
      else builder.text(id, time, value.text, quality);
    }
    const revisions = Uint16Array.from(rows, ({ revision }) => revision);
    return { ...builder.take(), ...(revisions.some((one) => one > 0) && { revision: revisions }) };
  });
