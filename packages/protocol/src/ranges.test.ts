import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Range, RangeSet } from './ranges.ts';

const SIZE = 40;
const range: fc.Arbitrary<Range> = fc.tuple(fc.nat(SIZE), fc.nat(SIZE)).map(([from, to]) => ({ from, to }));

function members({ from, to }: Range): number[] {
  return Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i);
}

test('is the set of all that was added', () => {
  fc.assert(
    fc.property(fc.array(range), range, (added, within) => {
      const ranges = new RangeSet(added);
      const reference = new Set(added.flatMap(members));
      expect(ranges.ranges.flatMap(members)).toEqual([...reference].sort((a, b) => a - b));
      expect(ranges.highest).toBe(reference.size > 0 ? Math.max(...reference) : undefined);
      for (let i = -1; i <= SIZE; i++) expect(ranges.has(i)).toBe(reference.has(i));
      expect(ranges.covers(within)).toBe(members(within).every((i) => reference.has(i)));
      expect(ranges.missing(within).flatMap(members)).toEqual(members(within).filter((i) => !reference.has(i)));
    }),
    { numRuns: 500 },
  );
});

test('keeps its ranges sorted, apart and as few as can be', () => {
  fc.assert(
    fc.property(fc.array(range), (added) => {
      const { ranges } = new RangeSet(added);
      ranges.forEach(({ from, to }, i) => {
        expect(from).toBeLessThan(to);
        if (i > 0) expect(from).toBeGreaterThan(ranges[i - 1].to);
      });
    }),
  );
});

test('does not depend on the order of what is added', () => {
  fc.assert(
    fc.property(
      fc
        .array(range)
        .chain((added) => fc.tuple(fc.constant(added), fc.shuffledSubarray(added, { minLength: added.length }))),
      ([added, shuffled]) => {
        expect(new RangeSet(shuffled).ranges).toEqual(new RangeSet(added).ranges);
      },
    ),
  );
});
