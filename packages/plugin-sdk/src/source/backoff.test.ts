import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { Backoff } from './backoff.ts';

const LONGEST_MS = 30_000;
const share = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

test('pauses double up to half a minute, and each is at least half of its step', () => {
  fc.assert(
    fc.property(fc.array(share, { minLength: 20, maxLength: 20 }), (shares) => {
      let i = 0;
      const backoff = new Backoff(() => shares[i++]);
      for (let attempt = 0; attempt < shares.length; attempt++) {
        const step = Math.min(200 * 2 ** attempt, LONGEST_MS);
        const pause = backoff.next();
        expect(pause).toBeGreaterThanOrEqual(step / 2);
        expect(pause).toBeLessThanOrEqual(step);
      }
    }),
  );
});

test('after a success the first pause is short again', () => {
  const backoff = new Backoff(() => 0.5);
  const first = backoff.next();
  expect(backoff.longest()).toBe(LONGEST_MS * 0.75);
  expect(backoff.next()).toBe(LONGEST_MS * 0.75);
  backoff.reset();
  expect(backoff.next()).toBe(first);
});

test('a thousand that lost the same broker for an hour come back over half a minute, not together', () => {
  const AGENTS = 1000;
  const HOUR_MS = 3_600_000;
  const random = generator(1);
  const perSecond = new Map<number, number>();
  let latest = 0;
  for (let agent = 0; agent < AGENTS; agent++) {
    const backoff = new Backoff(random);
    let now = 0;
    while (now < HOUR_MS) now += backoff.next();
    const second = Math.floor(now / 1000);
    perSecond.set(second, (perSecond.get(second) ?? 0) + 1);
    latest = Math.max(latest, now);
  }
  expect(latest - HOUR_MS).toBeLessThanOrEqual(LONGEST_MS);
  // All at once would be 1000; evenly over the pause of 15 to 30 s, 33 to 67 a second.
  expect(Math.max(...perSecond.values())).toBeLessThan(100);
});

/** The same numbers in each run: https://en.wikipedia.org/wiki/Linear_congruential_generator */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
