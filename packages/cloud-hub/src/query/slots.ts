/** Lets so many queries run at once and so many more wait their turn, in order. */
export class Slots {
  readonly #concurrent: number;
  readonly #longestQueue: number;
  readonly #queue: (() => void)[] = [];
  #running = 0;

  constructor({ concurrent, waiting }: { concurrent: number; waiting: number }) {
    this.#concurrent = concurrent;
    this.#longestQueue = waiting;
  }

  /** Resolves with what gives the place back. */
  async enter(signal: AbortSignal): Promise<Disposable> {
    // An abort that has been is told to nobody any more.
    signal.throwIfAborted();
    if (this.#running < this.#concurrent) this.#running++;
    else await this.#wait(signal);
    return { [Symbol.dispose]: () => this.#leave() };
  }

  async #wait(signal: AbortSignal): Promise<void> {
    if (this.#queue.length >= this.#longestQueue) {
      throw new AnswerError({
        status: 503,
        code: 'busy',
        message: `${this.#concurrent} queries are running and ${this.#longestQueue} are waiting`,
        hint: 'ask again in a second, or ask for less at once',
        retryAfterSeconds: 1,
      });
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const aborted = (): void => {
      const place = this.#queue.indexOf(resolve);
      if (place < 0) return;
      this.#queue.splice(place, 1);
      reject(signal.reason);
    };
    this.#queue.push(resolve);
    signal.addEventListener('abort', aborted, { once: true });
    await promise;
    signal.removeEventListener('abort', aborted);
  }

  #leave(): void {
    const next = this.#queue.shift();
    if (next) next();
    else this.#running--;
  }
}
import { AnswerError } from './answer-error.ts';
