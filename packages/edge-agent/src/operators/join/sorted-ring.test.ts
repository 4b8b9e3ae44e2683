import { OperatorState, SeriesTable } from '@sluis/plugin-sdk';
import { expect, test } from 'vitest';
import { SortedRing } from './sorted-ring.ts';

interface Case {
  readonly ring: SortedRing<'value'>;
  /** Series and time. */
  readonly forgotten: [number, number][];
}

/** Of 16 rows over all series. */
function ringOf({ kept = 0 }): Case {
  const forgotten: [number, number][] = [];
  const series = new SeriesTable(Array.from({ length: 5 }, (_, i) => ({ path: `lab/m${i}`, unit: '' })));
  const ring = new SortedRing({ state: new OperatorState(series, { remembered: 16 }), series }, 'rows', {
    fields: ['value'],
    kept: () => kept,
    forget: (id, count) => {
      for (let i = 0; i < count; i++) forgotten.push([id, ring.rows.columns.time[ring.rows.at(id, i)]]);
    },
  });
  return { ring, forgotten };
}

function fill({ ring }: Case, rows: readonly number[]): void {
  rows.forEach((count, series) => {
    for (let time = 10; time < 10 + count; time++) ring.insert(series, time);
  });
}

function timesOf({ rows }: SortedRing<'value'>, series: number): number[] {
  return Array.from({ length: rows.count(series) }, (_, place) => rows.columns.time[rows.at(series, place)]);
}

test('where there is no more room, the oldest of a series goes for its newest', () => {
  const given = ringOf({});
  const { ring, forgotten } = given;
  fill(given, [4, 4, 4, 4]);
  expect(forgotten).toEqual([]);

  for (const time of [15, 14]) expect(ring.insert(0, time)).toBe(ring.find(0, time));
  expect(forgotten.join(' ')).toBe('0,10 0,11');
  expect(timesOf(ring, 0)).toEqual([12, 13, 14, 15]);
  expect(ring.insert(0, 11)).toBeUndefined();
});

test('for a new series, the oldest of all that have most', () => {
  const given = ringOf({});
  const { ring, forgotten } = given;
  fill(given, [6, 6, 4]);
  for (const time of [3, 1, 2]) expect(ring.insert(3, time)).toBe(ring.find(3, time));
  expect(timesOf(ring, 3)).toEqual([1, 2, 3]);
  // It has half as many as others: its own oldest goes.
  for (const time of [4, 5]) ring.insert(3, time);
  expect(forgotten.join(' ')).toBe('0,10 1,10 0,11 1,11 3,1');
  expect([0, 1, 2, 3].map((id) => ring.isCut(id))).toEqual([true, true, false, true]);
});

test('so it does for many rows at once', () => {
  const [one, many] = [ringOf({}), ringOf({})];
  const time = [1, 2, 3, 4, 5, 6];
  for (const given of [one, many]) fill(given, [10, 5]);
  for (const at of time) one.ring.append(2, { time: [at] }, { from: 0, to: 1, kept: 0 });
  const first = many.ring.append(2, { time }, { from: 0, to: 6, kept: 0 });
  expect(first).toBe(4);
  // Those that it had: its own oldest go for the rest.
  expect(many.ring.append(2, { time }, { from: first, to: 6, kept: 0 })).toBe(2);
  expect(many.forgotten).toEqual(one.forgotten);
  expect(timesOf(many.ring, 2)).toEqual(timesOf(one.ring, 2));
  expect(timesOf(many.ring, 2)).toEqual([3, 4, 5, 6]);
});

test('what must stay makes no room', () => {
  const given = ringOf({ kept: 4 });
  const { ring, forgotten } = given;
  fill(given, [4, 4, 4, 4]);
  expect(ring.insert(4, 1)).toBeUndefined();
  expect(ring.append(4, { time: [1] }, { from: 0, to: 1, kept: 0 })).toBe(0);
  expect(forgotten).toEqual([]);
});
