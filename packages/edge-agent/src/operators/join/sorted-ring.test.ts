import { OperatorState, SeriesTable } from '@sluis/plugin-sdk';
import { expect, test } from 'vitest';
import { SortedRing } from './sorted-ring.ts';

const SERIES = 512;
/** So many of each that there is no room for one more. */
const ROWS = 512;

test('where there is no more room, the oldest of a series goes for its newest', () => {
  const forgotten: number[] = [];
  const table = new SeriesTable(Array.from({ length: SERIES + 1 }, (_, i) => ({ path: `lab/m${i}`, unit: '' })));
  const ring = new SortedRing(new OperatorState(table), 'rows', ['value'], (series, count) => {
    for (let i = 0; i < count; i++) forgotten.push(ring.rows.columns.time[ring.rows.at(series, i)]);
  });
  for (let time = 0; time < ROWS; time++) {
    for (let series = 0; series < SERIES; series++) ring.insert(series, time);
  }
  expect(forgotten).toEqual([]);

  expect(ring.find(0, ROWS + 1)).toBeUndefined();
  for (const time of [ROWS + 1, ROWS]) {
    const row = ring.insert(0, time);
    expect(row).toBe(ring.find(0, time));
    expect(row).toBeDefined();
  }
  expect(forgotten).toEqual([0, 1]);
  expect(ring.rows.count(0)).toBe(ROWS);
  const times = Array.from({ length: ROWS }, (_, place) => ring.rows.columns.time[ring.rows.at(0, place)]);
  expect(times).toEqual(Array.from({ length: ROWS }, (_, place) => place + 2));

  expect(ring.insert(0, 1)).toBeUndefined();
  expect(ring.insert(SERIES, 1)).toBeUndefined();
});
