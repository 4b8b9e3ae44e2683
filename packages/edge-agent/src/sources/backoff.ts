import { setTimeout as sleep } from 'node:timers/promises';

const FIRST_MS = 200;
const LONGEST_MS = 30_000;

/** Pauses between attempts that never end: doubling, each with up to half of it at random, so that many do not come back together. */
export class Backoff {
  #pause = FIRST_MS;

  /** The next pause in ms. */
  next(): number {
    const pause = this.#pause;
    this.#pause = Math.min(pause * 2, LONGEST_MS);
    return Math.round(pause * (0.5 + Math.random() / 2));
  }

  reset(): void {
    this.#pause = FIRST_MS;
  }
}

/** Waits, or less if the signal is aborted meanwhile. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(ms, undefined, { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** An error in words, with the code that the operating system gave. */
export function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code =
    'code' in error && typeof error.code === 'string' && !error.message.includes(error.code) ? error.code : '';
  return [error.message, code].filter(Boolean).join(' ') || error.name;
}
