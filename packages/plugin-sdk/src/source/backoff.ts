const FIRST_MS = 200;
/** The longest pause: what is back is found within it. */
const LONGEST_MS = 30_000;
/** The longest pause after a refusal of the journal: it is in this process, asking costs little, and it is to be found back soon. */
export const LONGEST_REFUSAL_MS = 4_000;
/** What a state says of it: the same for every attempt, so that an outage is one line of the log. */
export const TRIED_AGAIN = `tried again until it works, at least every ${LONGEST_MS / 1000} s`;

/** Pauses between attempts that never end: doubling, each with up to half of it at random, so that many do not come back together. */
export class Backoff {
  readonly #random: () => number;
  readonly #longestMs: number;
  #pause = FIRST_MS;

  /** `random`: from 0 up to 1. */
  constructor(random: () => number = Math.random, longestMs: number = LONGEST_MS) {
    this.#random = random;
    this.#longestMs = longestMs;
  }

  /** The next pause in ms. */
  next(): number {
    const pause = this.#pause;
    this.#pause = Math.min(pause * 2, this.#longestMs);
    return this.#spread(pause);
  }

  /** A pause as long as after many attempts, for what would do harm if it were tried soon. */
  longest(): number {
    this.#pause = this.#longestMs;
    return this.#spread(this.#longestMs);
  }

  reset(): void {
    this.#pause = FIRST_MS;
  }

  #spread(pause: number): number {
    return Math.round(pause * (0.5 + this.#random() / 2));
  }
}

/** Waits, or less if the signal is aborted meanwhile. By globals, as a packed plugin has this in it and imports nothing. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end);
  });
}

/** An error in words, with the code that the operating system gave. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code =
    'code' in error && typeof error.code === 'string' && !error.message.includes(error.code) ? error.code : '';
  return [error.message, code].filter(Boolean).join(' ') || error.name;
}
