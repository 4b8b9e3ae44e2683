import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { KeyedTable } from './keyed-rows.ts';
import { Reborn } from './reborn.ts';

const CAPACITY = 5;
const key = fc.constantFrom('', 'a', 'b', '__proto__', 'd', 'e', 'f');
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ open: key, value: fc.double() }) },
  { weight: 3, arbitrary: fc.record({ remove: key }) },
  { weight: 1, arbitrary: fc.record({ restore: fc.constant([]) }) },
);

test('rows are those of a Map with a capacity, also where they are restored at any moment', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80, size: 'max' }), (steps) => {
      const rows = new Reborn((state) => state.map('groups', ['sum', 'count'], { capacity: CAPACITY }));
      const naive = new Map<string, { sum: number; count: number }>();
      for (const step of steps) {
        const { part } = rows;
        if ('open' in step) {
          const row = part.open(step.open);
          if (!naive.has(step.open) && naive.size < CAPACITY) naive.set(step.open, { sum: 0, count: 0 });
          const own = naive.get(step.open);
          expect(row !== undefined).toBe(own !== undefined);
          if (row !== undefined && own) {
            part.columns.sum[row] = own.sum = step.value;
            part.columns.count[row] += 1;
            own.count++;
          }
        } else if ('remove' in step) {
          const row = part.find(step.remove);
          if (row !== undefined) part.remove(row);
          expect(row !== undefined).toBe(naive.delete(step.remove));
        } else rows.restore(step.restore);
        const { columns, size } = rows.part;
        expect(size).toBe(naive.size);
        expect(
          [...rows.part].map((row) => [rows.part.keyOf(row), { sum: columns.sum[row], count: columns.count[row] }]),
        ).toEqual([...naive]);
      }
    }),
  );
});

test('what a map cannot hold is refused, and what it never had cannot be removed', () => {
  const rows = new KeyedTable(['n']);
  expect(rows.open('k'.repeat(1024))).toBeDefined();
  expect(rows.open('k'.repeat(1025))).toBeUndefined();
  expect(() => rows.remove(7)).toThrow('row 7 is not in the map');
  expect(() => new KeyedTable(['n'], { capacity: 0 })).toThrow('capacity 0 is not 1 or more');
  let opened = 1;
  for (let i = 0; rows.open(`${i}`.padEnd(1024)) !== undefined; i++) opened++;
  expect(opened).toBe(2 ** 23 / 1024);
});
