import { Quality } from '@sluis/protocol';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { type ChartRow, PixelColumns, ROWS_PER_COLUMN } from './pixel-columns.ts';

const value = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.constantFrom(NaN, Infinity, -Infinity, 1e300));
const quality = fc.constantFrom(Quality.good, Quality.good, Quality.uncertain, Quality.bad);
const samples = fc
  .uniqueArray(fc.record({ time: fc.integer({ min: -50, max: 149 }), value, quality }), {
    selector: ({ time }) => time,
    maxLength: 60,
  })
  .map((rows) => rows.sort((a, b) => a.time - b.time));

type Sample = Pick<ChartRow, 'time' | 'value' | 'quality'>;

function shown(rows: readonly Sample[], pixels: number, chunk: number): Sample[] {
  const columns = new PixelColumns({ from: -50, to: 150, pixels });
  const found: ChartRow[] = [];
  for (let start = 0; start < rows.length; start += chunk) {
    const part = rows.slice(start, start + chunk);
    const column = (name: 'time' | 'value') => Float64Array.from(part, (row) => row[name]);
    const qualities = Uint8Array.from(part, (row) => row.quality);
    const { length } = part;
    found.push(
      ...columns.add({ length, time: column('time'), value: column('value'), quality: qualities, exact: undefined }),
    );
  }
  return [...found, ...columns.end()].map((row) => ({ time: row.time, value: row.value, quality: row.quality }));
}

const drawn = ({ value: number, quality: of }: Sample) => of !== Quality.bad && Number.isFinite(number);

/** Sorts each column whole, and takes the first of what is equal. */
function reference(rows: readonly Sample[], pixels: number): Sample[] {
  const columns = Map.groupBy(rows, ({ time }) => Math.floor(((time + 50) * pixels) / 200));
  return [...columns.values()].flatMap((column) => {
    const byValue = column.filter(drawn).sort((a, b) => a.value - b.value || a.time - b.time);
    const greatest = byValue.find((row) => row.value === byValue.at(-1)?.value);
    const kept = new Set([column[0], ...byValue.slice(0, 1), ...(greatest ? [greatest] : []), column.at(-1)]);
    return column.filter((row) => kept.has(row));
  });
}

test('of each column the first, least, greatest and last sample are shown, however they come', () => {
  fc.assert(
    // These divide the 200 µs without rounding, so that the reference may divide otherwise.
    fc.property(samples, fc.constantFrom(1, 25, 50, 200), fc.integer({ min: 1, max: 70 }), (rows, pixels, chunk) => {
      const found = shown(rows, pixels, chunk);
      expect(found).toEqual(reference(rows, pixels));
      expect(found.length).toBeLessThanOrEqual(pixels * ROWS_PER_COLUMN);
    }),
    { numRuns: 300 },
  );
});

test('a spike of one sample among many is shown, and so is a break', () => {
  const rows = Array.from({ length: 200 }, (_, i) => ({ time: i - 50, value: 0, quality: Quality.good as number }));
  rows[77] = { time: 27, value: 9, quality: Quality.good };
  for (let i = 100; i < 150; i++) rows[i].quality = Quality.bad;
  const found = shown(rows, 10, 64);
  expect(found).toContainEqual(rows[77]);
  // A column of bad samples alone keeps its edges; of one that ends with good ones the first is enough to break the line.
  expect(found.filter(({ quality: of }) => of === Quality.bad).map(({ time }) => time)).toEqual([50, 69, 70, 89, 90]);
});
