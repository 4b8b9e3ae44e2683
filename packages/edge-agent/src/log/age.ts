/** Clocks before 2020 are those of a machine that has not learnt the time yet. */
const CREDIBLE = Date.UTC(2020, 0) * 1000;

/**
 * How long ago (µs) something surely was that happened at `clock`, by a clock that shows `now`. 0 where either was told
 * by a clock that nobody had set: its data is not old because the time is right again.
 */
export function minimumAge(clock: number, now: number): number {
  return clock < CREDIBLE || now < CREDIBLE ? 0 : Math.max(0, now - clock);
}
