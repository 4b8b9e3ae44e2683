import { addAbortListener } from 'node:events';
import type { Logger } from 'pino';
import { Backoff } from './backoff.ts';
import { pause } from './pause.ts';
import { describe } from './user-error.ts';
import { within } from './within.ts';

/** One life of a supervised part. */
export interface Running<T> {
  readonly value: T;
  /** Resolves with the reason when the part has ended, whoever ended it. */
  readonly ended: Promise<string>;
  /** Ends it. `ended` resolves after that. */
  stop(): Promise<void>;
}

export interface SupervisorOptions<T> {
  readonly name: string;
  readonly log: Logger;
  /**
   * Begins a life. It rejects soon after `signal` is aborted, whatever it waits for, and leaves nothing behind;
   * meanwhile `waits` says what that is, for people.
   */
  start(signal: AbortSignal, waits: (reason: string) => void): Promise<Running<T>>;
  /** Between two lives at most, in ms. 10 s unless given. */
  readonly longestPauseMs?: number;
  /** Called with each life's value, and with undefined between lives. */
  changed?(value: T | undefined): void;
}

/** A life this long counts as healthy: the next failure is retried at once again. */
const HEALTHY_MS = 10_000;

/** Keeps a part alive: starts it, and again when it fails or ends, with growing pauses, until stopped. Never gives up. */
export class Supervisor<T> implements AsyncDisposable {
  readonly #options: SupervisorOptions<T>;
  readonly #stopping = new AbortController();
  #next = Promise.withResolvers<T>();
  #running: Running<T> | undefined;
  #loop: Promise<void> | undefined;
  restarts = 0;
  /** Why the last life ended or could not start, or what the next one waits for. */
  failure: string | undefined;

  constructor(options: SupervisorOptions<T>) {
    this.#options = options;
  }

  get current(): T | undefined {
    return this.#running?.value;
  }

  start(): void {
    this.#loop ??= this.#keepAlive();
  }

  /** The current life's value, or the next one's. Never resolves after a stop. */
  ready(): Promise<T> {
    return this.#next.promise;
  }

  /**
   * Starts, and waits for the first life, but not longer than `ms`: what keeps it from beginning may last.
   * @throws the signal's reason when it is aborted before
   */
  async startWithin(ms: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.start();
    const aborted = Promise.withResolvers<never>();
    using _listening = addAbortListener(signal, () => aborted.reject(signal.reason));
    await within(ms, Promise.race([this.ready(), aborted.promise]));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort();
    await this.#running?.stop();
    await this.#loop;
  }

  async #keepAlive(): Promise<void> {
    const { name, log, longestPauseMs, start, changed } = this.#options;
    const { signal } = this.#stopping;
    const backoff = new Backoff({ longestMs: longestPauseMs });
    while (!signal.aborted) {
      const began = performance.now();
      try {
        this.#running = await start(signal, (reason) => (this.failure = reason));
        if (signal.aborted) {
          await this.#running.stop();
        } else {
          this.#next.resolve(this.#running.value);
          changed?.(this.#running.value);
        }
        this.failure = await this.#running.ended;
      } catch (error) {
        this.failure = describe(error);
      }
      if (this.#running) this.#next = Promise.withResolvers();
      this.#running = undefined;
      changed?.(undefined);
      if (signal.aborted) return;
      if (performance.now() - began > HEALTHY_MS) backoff.reset();
      const restartInMs = backoff.next();
      this.restarts++;
      log.error({ part: name, reason: this.failure, restartInMs }, `${name} ended and will be started again`);
      await pause(restartInMs, signal);
    }
  }
}
