import { expect, test } from 'vitest';
import { Refusals } from './refusals.ts';

const refused = (from: number, to = from + 1) => ({ lane: 2 as const, sequences: { from, to } });

test('a segment is given up when it is still refused after a while, whatever others are refused in between', () => {
  const refusals = new Refusals({ giveUpAfterMs: 1000 });
  expect(refusals.refused(refused(5), 0)).toBe(false);
  expect(refusals.refused(refused(9), 500)).toBe(false);
  expect(refusals.refused(refused(5), 999)).toBe(false);
  expect(refusals.refused(refused(5), 1000)).toBe(true);
  expect(refusals.refused(refused(9), 1499)).toBe(false);
  expect(refusals.refused(refused(9), 1500)).toBe(true);
});

test('joined segments are never given up together: they go apart', () => {
  const refusals = new Refusals({ giveUpAfterMs: 0 });
  expect(refusals.isApart(2, 6)).toBe(false);
  expect(refusals.refused(refused(5, 9), 0)).toBe(false);
  expect(refusals.refused(refused(5, 9), 9999)).toBe(false);
  expect([4, 5, 8, 9].map((sequence) => refusals.isApart(2, sequence))).toEqual([false, true, true, false]);
  expect(refusals.isApart(1, 6)).toBe(false);
});
