import { expect, test } from 'vitest';
import { duckdbMiB, memoryGiven } from './memory.ts';

const GIB = 2 ** 30;

test('the hub takes what a container gives, half of a machine, and a GiB where there is one', () => {
  expect(memoryGiven(16 * GIB, 0)).toBe(8 * GIB);
  expect(memoryGiven(16 * GIB, 2 * GIB)).toBe(2 * GIB);
  // Without a limit cgroups answer with a number beyond any memory.
  expect(memoryGiven(16 * GIB, 2 ** 64)).toBe(8 * GIB);
  expect(memoryGiven(GIB, 0)).toBe(GIB);
  expect(memoryGiven(GIB / 2, 0)).toBe(GIB / 2);
});

test('what Node takes is left out of what DuckDB gets', () => {
  expect([GIB / 2, GIB, 2 * GIB, 64 * GIB].map(duckdbMiB)).toEqual([256, 360, 1128, 4096]);
});
