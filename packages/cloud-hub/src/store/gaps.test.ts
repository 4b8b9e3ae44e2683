import { RangeSet } from '@sluis/protocol';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { addGap, type GapRange, MISSING, without } from './gaps.ts';

const gap = (from: number, to: number, samples: number | null, reason: string): GapRange => ({
  from,
  to,
  samples,
  reason,
});

test('a repeat counts once, a wider report replaces narrower ones, neighbours join', () => {
  const once = addGap([], gap(0, 10, 100, 'quota'));
  expect(addGap(once, gap(0, 10, 100, 'quota'))).toEqual(once);
  expect(addGap(once, gap(0, 20, 250, 'quota'))).toEqual([gap(0, 20, 250, 'quota')]);
  expect(addGap(once, gap(10, 20, 50, 'quota'))).toEqual([gap(0, 20, 150, 'quota')]);
  expect(addGap(once, gap(10, 20, 50, 'age'))).toEqual([gap(0, 10, 100, 'quota'), gap(10, 20, 50, 'age')]);
});

test('a reason replaces what was only found missing', () => {
  const missing = addGap([], gap(0, 10, null, MISSING));
  expect(addGap(missing, gap(2, 4, 7, 'quota'))).toEqual([
    gap(0, 2, null, MISSING),
    gap(2, 4, 7, 'quota'),
    gap(4, 10, null, MISSING),
  ]);
});

test('what arrived nevertheless is no gap', () => {
  expect(without(gap(0, 10, 100, 'quota'), new RangeSet([{ from: 3, to: 5 }]))).toEqual([
    gap(0, 3, null, 'quota'),
    gap(5, 10, null, 'quota'),
  ]);
  expect(without(gap(0, 10, 100, 'quota'), new RangeSet([{ from: 20, to: 30 }]))).toEqual([gap(0, 10, 100, 'quota')]);
});

test('any order of reports covers the same sequences, in disjoint gaps that are in order', () => {
  const report = fc
    .record({
      from: fc.nat(30),
      length: fc.integer({ min: 1, max: 10 }),
      reason: fc.constantFrom('quota', 'age', MISSING),
    })
    .map(({ from, length, reason }) => gap(from, from + length, length, reason));
  fc.assert(
    fc.property(fc.array(report, { maxLength: 12 }), (reports) => {
      const gaps = reports.reduce<GapRange[]>(addGap, []);
      const covered = new RangeSet();
      for (const [i, { from, to }] of gaps.entries()) {
        expect(from).toBeLessThan(to);
        if (i > 0) expect(from).toBeGreaterThanOrEqual(gaps[i - 1].to);
        covered.add({ from, to });
      }
      expect(covered.ranges).toEqual(new RangeSet(reports).ranges);
      // A sequence that any report gave a reason for is not just missing.
      for (const { from, to } of reports.filter(({ reason }) => reason !== MISSING)) {
        const nameless = gaps.filter((found) => found.reason === MISSING && found.from < to && from < found.to);
        expect(nameless).toEqual([]);
      }
    }),
  );
});
