import { within } from '@sluis/runtime';

/** What a part of the engine answered last. */
export interface Known<T> {
  /** Undefined if it has never answered. */
  readonly value: T | undefined;
  /** ms since it answered; 0 if it did in time. */
  readonly ageMs: number;
  /** ms for which a question has waited for its answer; 0 if it came in time. */
  readonly waitingMs: number;
}

/**
 * The figures of a part that may be busy for long: who asks gets what it answered last rather than wait for it. One
 * question is under way at most, however many ask, so that a part that is slow has no queue of them to work off.
 */
export class LastKnown<T> {
  readonly #question: () => Promise<T>;
  #value: T | undefined;
  #answeredAt = 0;
  #pending: { readonly answer: Promise<void>; readonly since: number } | undefined;

  constructor(question: () => Promise<T>) {
    this.#question = question;
  }

  /** Takes no longer than `withinMs`, and no time at all if a question has waited that long already. Rejects if the part is gone. */
  async get(withinMs: number): Promise<Known<T>> {
    const { answer, since } = (this.#pending ??= { answer: this.#ask(), since: performance.now() });
    const leftMs = Math.max(0, withinMs - (performance.now() - since));
    if (await within(leftMs, answer)) return { value: this.#value, ageMs: 0, waitingMs: 0 };
    const now = performance.now();
    return {
      value: this.#value,
      ageMs: this.#value === undefined ? 0 : now - this.#answeredAt,
      waitingMs: now - since,
    };
  }

  async #ask(): Promise<void> {
    try {
      this.#value = await this.#question();
      this.#answeredAt = performance.now();
    } finally {
      this.#pending = undefined;
    }
  }
}
