import fc from 'fast-check';
import { expect, test } from 'vitest';
import { boundedLosses } from './journal-losses.ts';
import type { JournalLoss } from './log.ts';

const loss = fc.record({
  source: fc.constantFrom('a', 'b', 'c', ''),
  reason: fc.constantFrom('quota' as const, 'disk' as const, 'damaged' as const),
  entries: fc.integer({ min: 1, max: 5 }),
  samples: fc.nat(100),
  sequences: fc.nat(1000).map((from) => ({ from, to: from + 1 })),
  times: fc.option(fc.record({ first: fc.nat(10), last: fc.integer({ min: 10, max: 20 }) })),
});

function samplesFor(losses: readonly JournalLoss[], reason: string): number {
  return losses.filter((one) => one.reason === reason).reduce((sum, { samples }) => sum + samples, 0);
}

test('however many losses join, as much was lost for each reason, and within the times and sequences that are told', () => {
  fc.assert(
    fc.property(fc.array(loss, { maxLength: 60 }), fc.integer({ min: 3, max: 20 }), (losses, most) => {
      const bounded = boundedLosses(losses, most);
      expect(bounded.length).toBeLessThanOrEqual(most);
      if (losses.length <= most) expect(bounded).toEqual(losses);
      for (const reason of ['quota', 'disk', 'damaged'])
        expect(samplesFor(bounded, reason)).toBe(samplesFor(losses, reason));
      for (const { source, reason, sequences, times } of losses) {
        const within = bounded.some(
          (one) =>
            one.reason === reason &&
            (one.source === source || one.source === '') &&
            one.sequences.from <= sequences.from &&
            sequences.to <= one.sequences.to &&
            (one.times === null || (times !== null && one.times.first <= times.first && times.last <= one.times.last)),
        );
        expect(within).toBe(true);
      }
    }),
  );
});

test('what is of one source joins first, and the oldest of it', () => {
  const one = (source: string, from: number): JournalLoss => ({
    source,
    reason: 'quota',
    entries: 1,
    samples: 1,
    sequences: { from, to: from + 1 },
    times: { first: from, last: from },
  });
  const joined = boundedLosses([one('a', 1), one('b', 2), one('b', 3), one('b', 4)], 3);
  expect(joined).toEqual([
    one('a', 1),
    { ...one('b', 2), entries: 2, samples: 2, sequences: { from: 2, to: 4 }, times: { first: 2, last: 3 } },
    one('b', 4),
  ]);
});
