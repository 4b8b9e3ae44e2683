import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { columnsOf, type Row } from '../../test/test-agent.ts';
import { uniqueRows } from './unique-rows.ts';

const ids = new Map([
  ['a', 1],
  ['b', 2],
]);

test('each identity stays once: of the highest revision the last, in the order there was', () => {
  const row = fc.record({ path: fc.constantFrom('a', 'b'), time: fc.nat(5), value: fc.nat(), revision: fc.nat(2) });
  fc.assert(
    fc.property(fc.array(row, { maxLength: 20 }), (list) => {
      const rows: Row[] = list.toSorted((one, other) => one.path.localeCompare(other.path));
      const expected = rows.filter(
        (one, i) =>
          !rows.some(
            (rival, j) =>
              rival.path === one.path &&
              rival.time === one.time &&
              ((rival.revision ?? 0) > (one.revision ?? 0) || (rival.revision === one.revision && j > i)),
          ),
      );
      const unique = uniqueRows(columnsOf(rows, ids));
      expect(unique.length).toBe(expected.length);
      expect([...unique.time]).toEqual(expected.map(({ time }) => time));
      expect([...unique.value]).toEqual(expected.map(({ value }) => value));
      expect([...(unique.revision ?? [])]).toEqual(expected.map(({ revision }) => revision));
    }),
  );
});

test('rows in order are the same columns, not a copy', () => {
  const columns = columnsOf(
    [1, 2].map((time) => ({ path: 'a', time, value: 1 })),
    ids,
  );
  expect(uniqueRows(columns)).toBe(columns);
});
