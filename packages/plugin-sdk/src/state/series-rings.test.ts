import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Rings } from '../state.ts';
import { Reborn } from './reborn.ts';
import { SeriesRings } from './series-rings.ts';

const LIMIT = 40;
/** A share of the room for snapshots need not be whole. */
const GIVEN_LIMIT = 40.6;
const series = fc.integer({ min: 0, max: 4 });
const step = fc.oneof(
  { weight: 30, arbitrary: fc.record({ push: series, value: fc.double() }) },
  {
    weight: 10,
    arbitrary: fc.record({ append: series, values: fc.array(fc.double(), { maxLength: 30 }), from: fc.nat(2) }),
  },
  { weight: 4, arbitrary: fc.record({ drop: series, share: fc.double({ min: 0, max: 1, noNaN: true }) }) },
  { weight: 1, arbitrary: fc.record({ restore: fc.array(series) }) },
);

test('rings are those of lists with a capacity and a limit, also where they are restored at any moment with other ids', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200, size: 'max' }), fc.integer({ min: 1, max: 20 }), (steps, capacity) => {
      const rings = new Reborn((state) =>
        state.ring('last', { capacity, fields: ['time', 'value'], limit: GIVEN_LIMIT }),
      );
      const naive: [number, number][][] = [[], [], [], [], []];
      steps.forEach((step, i) => {
        const { part } = rings;
        if ('push' in step) {
          const own = naive[step.push];
          const isFull = own.length === capacity;
          const hasRoom = isFull || naive.flat().length < LIMIT;
          const row = part.push(rings.id(step.push));
          expect(row !== undefined).toBe(hasRoom);
          if (row !== undefined) {
            if (isFull) own.shift();
            own.push([i, step.value]);
            expect([part.columns.time[row], part.columns.value[row]]).toEqual([0, 0]);
            part.columns.time[row] = i;
            part.columns.value[row] = step.value;
          }
        } else if ('append' in step) {
          const { values, from } = step;
          const own = naive[step.append];
          let taken = 0;
          for (const value of values.slice(from)) {
            if (own.length === capacity) own.shift();
            else if (naive.flat().length >= LIMIT) break;
            own.push([0, value]);
            taken++;
          }
          expect(part.append(rings.id(step.append), { value: values }, from, values.length)).toBe(taken);
        } else if ('drop' in step) {
          const rows = Math.floor(naive[step.drop].length * step.share);
          part.drop(rings.id(step.drop), rows);
          naive[step.drop].splice(0, rows);
        } else rings.restore(step.restore);
        expect(naive.map((_, s) => contents(rings, s))).toEqual(naive);
      });
    }),
  );
});

function contents(rings: Reborn<Rings<'time' | 'value'>>, series: number): [number, number][] {
  const { part } = rings;
  const id = rings.id(series);
  const rows: number[] = [];
  while (rows.length < part.count(id)) {
    const row = part.at(id, rows.length);
    for (let i = 0, stretch = part.stretch(id, rows.length); i < stretch; i++) rows.push(row + i * part.stride);
  }
  return rows.map((row) => {
    return [part.columns.time[row], part.columns.value[row]];
  });
}

test('what is not there cannot be read or dropped', () => {
  const rings = new SeriesRings({ capacity: 3, fields: ['value'] });
  rings.push(0);
  expect(() => rings.at(0, 1)).toThrow('there is no row 1: the series has 1');
  expect(() => rings.at(0, -1)).toThrow(RangeError);
  expect(() => rings.at(0, Number.NaN)).toThrow(RangeError);
  expect(() => rings.drop(0, 2)).toThrow('2 rows cannot be dropped: the series has 1');
  expect(() => rings.drop(5_000, 1)).toThrow(RangeError);
  expect([rings.count(5_000), rings.stretch(5_000, 0), rings.stretch(0, 1)]).toEqual([0, 0, 0]);
  expect(() => new SeriesRings({ capacity: 1.5, fields: [] })).toThrow('capacity 1.5 is not 1 or more');
});

test('memory follows what is held, whichever series hold it', () => {
  const rings = new SeriesRings({ capacity: 1000, fields: ['value'] });
  for (let series = 0; series < 500; series++) {
    for (let i = 0; i < 1000; i++) rings.push(series);
    rings.drop(series, 999);
  }
  expect(rings.columns.value.length).toBeLessThanOrEqual(8192);
});
