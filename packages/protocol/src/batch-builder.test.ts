import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type TextRow, columnsOf, textRows } from '../test/text-rows.ts';
import { BatchBuilder } from './batch-builder.ts';
import { bytesOf, isTextTooLong, Kind, MAX_TEXT_BYTES, Quality, takeRows, withoutLongTexts } from './batch.ts';

const row: fc.Arbitrary<TextRow> = fc.oneof(
  cell('double', fc.double().map(hex)),
  cell('boolean', fc.boolean().map(String)),
  cell('int64', fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String)),
  cell('uint64', fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(String)),
  cell('text', fc.string({ maxLength: 3 })),
);

function cell(kind: TextRow[2], value: fc.Arbitrary<string>): fc.Arbitrary<TextRow> {
  return fc.tuple(
    fc.nat(),
    fc.integer().map(String),
    fc.constant(kind),
    value,
    fc.constantFrom('good', 'uncertain', 'bad'),
    fc.constant(0),
  );
}

function hex(value: number): string {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  return view.getBigUint64(0).toString(16).padStart(16, '0');
}

function fill(builder: BatchBuilder, rows: readonly TextRow[]): void {
  for (const [series, time, kind, value, quality] of rows) {
    const t = Number(time);
    const q = Quality[quality];
    if (kind === 'double') {
      const view = new DataView(new ArrayBuffer(8));
      view.setBigUint64(0, BigInt(`0x${value}`));
      builder.double(series, t, view.getFloat64(0), q);
    } else if (kind === 'boolean') builder.boolean(series, t, value === 'true', q);
    else if (kind === 'text') builder.text(series, t, value, q);
    else builder.integer(series, t, BigInt(value), Kind[kind], q);
  }
}

describe('a batch builder', () => {
  test('gives back every row, beyond its first size, and starts again empty', () => {
    fc.assert(
      fc.property(fc.array(row, { maxLength: 700, size: 'max' }), fc.array(row), (first, second) => {
        const builder = new BatchBuilder();
        fill(builder, first);
        const taken = builder.take();
        fill(builder, second);
        expect(textRows(builder.take())).toEqual(second);
        expect(textRows(taken)).toEqual(first);
      }),
      { numRuns: 50 },
    );
  });

  test('takes rows back as if they had never been there', () => {
    fc.assert(
      fc.property(fc.array(row), fc.array(row), fc.array(row), (kept, dropped, next) => {
        const builder = new BatchBuilder();
        fill(builder, kept);
        fill(builder, dropped);
        builder.truncate(kept.length);
        fill(builder, next);
        expect(textRows(builder.take())).toEqual([...kept, ...next]);
      }),
    );
  });

  test('has only the columns it needs', () => {
    const builder = new BatchBuilder();
    builder.double(1, 2, 3);
    expect(Object.keys(builder.take()).sort()).toEqual(['length', 'quality', 'series', 'time', 'value']);
    builder.boolean(1, 2, true);
    expect(Object.keys(builder.take()).sort()).toEqual(['kind', 'length', 'quality', 'series', 'time', 'value']);
  });

  test('lets a hot loop write the columns', () => {
    const builder = new BatchBuilder();
    builder.double(9, 9, 9, Quality.bad);
    builder.reserve(1_000);
    for (let i = 0; i < 1_000; i++) {
      const at = builder.length++;
      builder.series[at] = 1;
      builder.time[at] = i;
      builder.value[at] = i / 2;
    }
    const rows = builder.take();
    expect(rows.length).toBe(1_001);
    expect(rows.value[1_000]).toBe(499.5);
    expect([...rows.quality.subarray(0, 3)]).toEqual([2, 0, 0]);
  });

  test('counts the bytes that it holds', () => {
    const builder = new BatchBuilder();
    expect(builder.bytes).toBe(0);
    builder.text(1, 1, 'four');
    const first = builder.bytes;
    builder.text(1, 1, 'four');
    expect(first).toBeGreaterThan(8);
    expect(builder.bytes - first).toBe(first - 8);
    builder.take();
    expect(builder.bytes).toBe(0);
  });
});

test('bytesOf says what the builder said', () => {
  fc.assert(
    fc.property(fc.array(row), (rows) => {
      const builder = new BatchBuilder();
      fill(builder, rows);
      const { bytes } = builder;
      expect(bytesOf(builder.take())).toBe(bytes);
    }),
  );
});

test('a text that is too long takes its row with it, and nothing else changes', () => {
  const longest = 'é'.repeat(MAX_TEXT_BYTES / 2);
  const builder = new BatchBuilder();
  builder.double(1, 1, 1);
  builder.text(1, 2, longest);
  expect([isTextTooLong(longest), isTextTooLong(`${longest}x`)]).toEqual([false, true]);
  const fitting = builder.take();
  expect(withoutLongTexts(fitting)).toBe(fitting);
  builder.text(1, 3, `${longest}x`);
  builder.double(1, 4, 4);
  builder.text(1, 5, 'short');
  const kept = withoutLongTexts(builder.take());
  expect(textRows(kept).map(([, time]) => time)).toEqual(['4', '5']);
});

test('takeRows picks rows of every column', () => {
  fc.assert(
    fc.property(
      fc.array(row, { minLength: 1, maxLength: 50 }),
      fc.array(fc.nat(), { maxLength: 50 }),
      (rows, picks) => {
        const indexes = Uint32Array.from(picks, (pick) => pick % rows.length);
        const taken = takeRows(columnsOf(rows), indexes, indexes.length);
        expect(textRows(taken)).toEqual(Array.from(indexes, (index) => rows[index]));
      },
    ),
  );
});

test('a safe integer is the row that the same BigInt gives, also while the columns grow and after a take', () => {
  fc.assert(
    fc.property(
      fc.array(fc.maxSafeInteger(), { maxLength: 600 }),
      fc.constantFrom(Kind.int64, Kind.uint64),
      (values, kind) => {
        const safe = new BatchBuilder();
        const big = new BatchBuilder();
        for (let round = 0; round < 2; round++) {
          for (const [i, value] of values.entries()) {
            safe.safeInteger(i, i, value, kind);
            big.integer(i, i, BigInt(value), kind);
          }
          expect(safe.take()).toEqual(big.take());
        }
      },
    ),
    { numRuns: 50 },
  );
});
