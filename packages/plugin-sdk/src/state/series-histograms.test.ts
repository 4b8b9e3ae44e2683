import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { Reborn } from './reborn.ts';
import { SeriesHistograms } from './series-histograms.ts';

const series = fc.integer({ min: 0, max: 3 });
const which = fc.constantFrom(-1.5, 0, 1e15);
const step = fc.oneof(
  { weight: 30, arbitrary: fc.record({ add: series, which, bin: fc.integer({ min: -5, max: 5 }), count: fc.nat(3) }) },
  { weight: 6, arbitrary: fc.record({ take: series, which, bin: fc.integer({ min: -5, max: 5 }) }) },
  { weight: 2, arbitrary: fc.record({ remove: series, which }) },
  { weight: 1, arbitrary: fc.record({ restore: fc.array(series) }) },
);

test('histograms are those of plain maps, also where they are restored at any moment with other ids', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 150, size: 'max' }), (steps) => {
      const histograms = new Reborn((state) => state.histograms('bins'));
      const naive = new Map<string, Map<number, number>>();
      const put = (key: string, bin: number, count: number): void => {
        const own = naive.get(key) ?? new Map<number, number>();
        naive.set(key, own.set(bin, (own.get(bin) ?? 0) + count));
        if (own.get(bin) === 0) own.delete(bin);
      };
      for (const step of steps) {
        if ('add' in step) {
          const { add, which, bin, count } = step;
          if (count === 0) continue;
          expect(histograms.part.of(histograms.id(add), which).add(bin, count)).toBe(true);
          put(`${add} ${which}`, bin, count);
        } else if ('take' in step) {
          const { take, which, bin } = step;
          if (!naive.get(`${take} ${which}`)?.has(bin)) continue;
          histograms.part.of(histograms.id(take), which).add(bin, -1);
          put(`${take} ${which}`, bin, -1);
        } else if ('remove' in step) {
          histograms.part.remove(histograms.id(step.remove), step.which);
          naive.delete(`${step.remove} ${step.which}`);
        } else histograms.restore(step.restore);
        for (const [key, own] of naive) {
          const [series, which] = key.split(' ').map(Number);
          const found = histograms.part.of(histograms.id(series), which).inOrder();
          expect(found).toEqual([...own].sort(([a], [b]) => a - b));
        }
      }
    }),
    { numRuns: 40 },
  );
});

test('where the limit leaves no room for a bin, nothing is added; room comes back', () => {
  const histograms = new SeriesHistograms({ limit: 2 });
  const [one, other] = [histograms.of(0, 0), histograms.of(1, 0)];
  expect([one.add(1, 1), other.add(1, 1), one.add(2, 1), one.add(1, 1)]).toEqual([true, true, false, true]);
  expect(one.inOrder()).toEqual([[1, 2]]);
  histograms.remove(1, 0);
  expect(one.add(2, 1)).toBe(true);
});

test.each([Number.NaN, 0.5, 2 ** 31, -Infinity])(
  'a bin %d is refused, for it would be another one after a restore',
  (bin) => {
    expect(() => new SeriesHistograms().of(0, 0).add(bin, 1)).toThrow(RangeError);
  },
);
