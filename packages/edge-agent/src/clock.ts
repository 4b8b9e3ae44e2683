/** A step back of the wall clock by more than this is followed; a smaller one is ridden out. */
const FOLLOWED_STEP_US = 1_000_000;

/**
 * The agent's clock: whole µs since 1970, no two readings alike, so that two samples that bring no time of their own
 * never share an identity.
 */
export function createClock(wall: () => number = Date.now): () => number {
  let last = 0;
  return () => {
    const now = wall() * 1000;
    last = now > last || last - now > FOLLOWED_STEP_US ? now : last + 1;
    return last;
  };
}
