const FIRST_MS = 100;
const LONGEST_MS = 10_000;

/**
 * Pauses between attempts that never end: doubling from 100 ms to 10 s, each with up to half of it at random, so that
 * many that failed together do not come back together.
 */
export class Backoff {
  #pause = FIRST_MS;
  readonly #longest: number;

  constructor({ longestMs = LONGEST_MS }: { longestMs?: number } = {}) {
    this.#longest = longestMs;
  }

  next(): number {
    const pause = this.#pause;
    this.#pause = Math.min(pause * 2, this.#longest);
    return Math.round(pause * (0.5 + Math.random() / 2));
  }

  reset(): void {
    this.#pause = FIRST_MS;
  }
}
