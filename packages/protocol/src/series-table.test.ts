import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { SeriesTable } from './series-table.ts';

test('gives dense ids in order of first use', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ maxLength: 2 })), (paths) => {
      const table = new SeriesTable();
      const distinct = [...new Set(paths)];
      expect(paths.map((path) => table.intern(path))).toEqual(paths.map((path) => distinct.indexOf(path)));
      expect(table.size).toBe(distinct.length);
      expect(distinct.map((_, id) => table.path(id))).toEqual(distinct);
    }),
  );
});

test('is made again from its definitions', () => {
  const table = new SeriesTable();
  table.intern('lab/m1/temperature', 'Cel');
  table.intern('__proto__');
  table.intern('lab/m1/temperature', 'K');
  const copy = new SeriesTable(table.slice(0));
  expect(copy.slice(0)).toEqual([
    { path: 'lab/m1/temperature', unit: 'Cel' },
    { path: '__proto__', unit: '' },
  ]);
  expect(copy.slice(1)).toEqual([{ path: '__proto__', unit: '' }]);
  expect(copy.id('lab/m1/temperature')).toBe(0);
  expect(copy.id('constructor')).toBeUndefined();
});

test('refuses an id that it has not given', () => {
  expect(() => new SeriesTable().path(0)).toThrow('series 0 is not defined: the table has 0');
});
