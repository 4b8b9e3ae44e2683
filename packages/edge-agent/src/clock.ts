/** A step back of the wall clock by more than this is followed; a smaller one is ridden out. */
const FOLLOWED_STEP_US = 1_000_000;
const MILLISECOND_US = 1_000;

export interface ClockOptions {
  /** ms since 1970. */
  readonly wall?: () => number;
  /** From 0 to below 1. */
  readonly random?: () => number;
}

/**
 * The agent's clock: whole µs since 1970, for samples that bring no time of their own. No two readings are alike, so that
 * such samples never share an identity, until the wall clock is put back by more than a second: the same milliseconds
 * come again. Readings are then at other microseconds of a millisecond than just before, as after each start, so that two
 * are alike only by a chance of one in a thousand, not as a rule.
 */
export function createClock({ wall = Date.now, random = Math.random }: ClockOptions = {}): () => number {
  let last = 0;
  let phase = Math.floor(random() * MILLISECOND_US);
  return () => {
    const ms = wall() * MILLISECOND_US;
    if (last - ms > FOLLOWED_STEP_US) {
      phase = (phase + 1 + Math.floor(random() * (MILLISECOND_US - 1))) % MILLISECOND_US;
      last = ms + phase;
    } else {
      last = Math.max(ms + phase, last + 1);
    }
    return last;
  };
}
