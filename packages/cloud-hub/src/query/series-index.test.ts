import { expect, test } from 'vitest';
import { SeriesIndex } from './series-index.ts';

const NONE = 2;

/** Of series 1, eleven rows from 0 to 1000 µs; of series 2, none. */
function index(): SeriesIndex {
  const filled = new SeriesIndex();
  filled.define(1, [
    { path: 'a', unit: '' },
    { path: 'b', unit: '' },
  ]);
  const time = Float64Array.from({ length: 11 }, (_, i) => i * 100);
  const columns = { length: 11, series: new Uint32Array(11).fill(1), time, value: time, quality: new Uint8Array(11) };
  filled.addRun(1, columns, 0, 11, { epochLane: 0, sequence: 0 });
  return filled;
}

test.each([
  [-Infinity, Infinity, 11],
  [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, 11],
  [0, 500, 6],
  [500, 600, 2],
  [-1000, 0, 0],
  [1001, 2000, 0],
  [600, 500, 0],
])('a time from %d to %d has about %i of eleven rows', (from, to, rows) => {
  expect(index().rowsWithin(1, { from, to })).toBe(rows);
  expect(index().rowsWithin(NONE, { from, to })).toBe(0);
});
