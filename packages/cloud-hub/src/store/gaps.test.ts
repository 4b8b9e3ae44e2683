import { RangeSet } from '@sluis/protocol';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { addGap, BURNED, type GapRange, MAX_GAPS, MISSING, stillOpen } from './gaps.ts';

const gap = (from: number, to: number, samples: number | null, reason: string): GapRange => ({
  from,
  to,
  samples,
  reason,
  firstTime: null,
  lastTime: null,
});

test('a repeat counts once, and a wider report replaces narrower ones', () => {
  const once = addGap([], gap(0, 10, 100, 'quota'));
  expect(addGap(once, gap(0, 10, 100, 'quota'))).toEqual(once);
  expect(addGap(once, gap(0, 20, 250, 'quota'))).toEqual([gap(0, 20, 250, 'quota')]);
  const both = addGap(once, gap(10, 20, 50, 'quota'));
  expect(both).toEqual([gap(0, 10, 100, 'quota'), gap(10, 20, 50, 'quota')]);
  expect(addGap(both, gap(0, 20, 150, 'quota'))).toEqual([gap(0, 20, 150, 'quota')]);
  expect(addGap(both, gap(10, 30, 70, 'quota'))).toEqual([gap(0, 10, 100, 'quota'), gap(10, 30, 70, 'quota')]);
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

test('numbers that were given to nothing in one history of an outbox may be given up in another, whatever is told first', () => {
  const [burned, shed] = [gap(3, 5, 0, BURNED), gap(0, 10, 100, 'quota')];
  expect(addGap([burned], shed)).toEqual([shed]);
  expect(addGap([shed], burned)).toEqual([shed]);
  expect(addGap([gap(0, 10, null, MISSING)], burned)).toEqual(addGap([burned], gap(0, 10, null, MISSING)));
});

test('what arrived nevertheless is not missing', () => {
  expect(stillOpen(gap(0, 10, null, MISSING), new RangeSet([{ from: 3, to: 5 }]))).toEqual([
    gap(0, 3, null, MISSING),
    gap(5, 10, null, MISSING),
  ]);
});

test('a gap that an agent counted keeps its count, until all of it has arrived', () => {
  const shed = gap(0, 10, 100, 'quota');
  expect(stillOpen(shed, new RangeSet([{ from: 20, to: 30 }]))).toEqual([shed]);
  expect(stillOpen(shed, new RangeSet([{ from: 3, to: 5 }]))).toEqual([shed]);
  expect(stillOpen(shed, new RangeSet([{ from: 0, to: 5 }]))).toEqual([gap(5, 10, 100, 'quota')]);
  expect(stillOpen(shed, new RangeSet([{ from: 0, to: 10 }]))).toEqual([]);
});

test('what is missing joins its neighbours', () => {
  expect(addGap([gap(0, 10, null, MISSING)], gap(10, 20, null, MISSING))).toEqual([gap(0, 20, null, MISSING)]);
});

test('beyond a bound the oldest gaps become one, which loses no count', () => {
  const count = MAX_GAPS + 40;
  let gaps: GapRange[] = [];
  for (let i = 0; i < count; i++) {
    const reported = gap(10 * i, 10 * i + 5, 2, i % 2 ? 'quota' : 'age');
    gaps = addGap(gaps, { ...reported, firstTime: 100 * i, lastTime: 100 * i + 50 });
  }
  expect(gaps).toHaveLength(MAX_GAPS);
  const last = count - MAX_GAPS;
  const oldest = gap(0, 10 * last + 5, 2 * (last + 1), 'several');
  expect(gaps[0]).toEqual({ ...oldest, firstTime: 0, lastTime: 100 * last + 50 });
  expect(gaps.reduce((sum, { samples }) => sum + (samples ?? 0), 0)).toBe(2 * count);
});

test('any order of reports covers the same sequences, in disjoint gaps that are in order', () => {
  const report = fc
    .record({
      from: fc.nat(30),
      length: fc.integer({ min: 1, max: 10 }),
      reason: fc.constantFrom('quota', 'age', MISSING, BURNED),
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
      // A sequence that any report gave a reason for is not just missing, and one that held something not burned.
      const overlapping = ({ from, to }: GapRange, reasons: string[]) =>
        gaps.filter((found) => reasons.includes(found.reason) && found.from < to && from < found.to);
      for (const report of reports) {
        if (report.reason === MISSING) continue;
        expect(overlapping(report, report.reason === BURNED ? [MISSING] : [MISSING, BURNED])).toEqual([]);
      }
    }),
  );
});
