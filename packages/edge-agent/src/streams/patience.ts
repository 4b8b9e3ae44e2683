import type { Log } from '@sluis/plugin-sdk';
import { Backoff, describe } from '@sluis/runtime';
import { LONGEST_RETRY_MS } from './commit-once.ts';

export interface Timer {
  /** Milliseconds that never go back. */
  now(): number;
  /** Calls `run` after `ms`; returns what takes it back. */
  schedule(ms: number, run: () => void): () => void;
}

export const machineTimer: Timer = {
  now: () => performance.now(),
  schedule(ms, run) {
    const timeout = setTimeout(run, ms);
    return () => clearTimeout(timeout);
  },
};

export interface PatienceOptions {
  readonly timer: Timer;
  readonly log: Log;
  readonly stopping: AbortSignal;
}

/** Waits for the storage however long it takes, until the host stops. */
export class Patience {
  readonly #options: PatienceOptions;

  constructor(options: PatienceOptions) {
    this.#options = options;
  }

  /** Repeats a call until it succeeds; undefined if the host stops before. */
  async persist<T>(what: string, call: () => Promise<T>): Promise<T | undefined> {
    const { log, stopping } = this.#options;
    const backoff = new Backoff({ longestMs: LONGEST_RETRY_MS });
    while (!stopping.aborted) {
      try {
        return await call();
      } catch (error) {
        const retryInMs = backoff.next();
        log.warn({ err: error, retryInMs }, `could not ${what} (${describe(error)})`);
        await this.sleep(retryInMs);
      }
    }
    return undefined;
  }

  async sleep(ms: number): Promise<void> {
    const { timer, stopping } = this.#options;
    if (stopping.aborted) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancel = timer.schedule(ms, resolve);
    const stop = (): void => resolve();
    stopping.addEventListener('abort', stop, { once: true });
    await promise;
    stopping.removeEventListener('abort', stop);
    cancel();
  }
}
