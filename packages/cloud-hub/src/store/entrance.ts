/** How often those who wait look again: what makes room happens in other threads. */
const POLL_MS = 20;

/** A segment that asks to enter. */
export interface Entering {
  readonly bytes: number;
  readonly samples: number;
  /** It goes before those that are not. */
  readonly live: boolean;
}

/** What has entered and has not left. */
export interface Within {
  readonly bytes: number;
  readonly samples: number;
}

interface Waiting extends Entering {
  enter(): void;
}

/** Where segments wait until the store has room for them: what is live first, then in order of arrival. */
export class Entrance implements Disposable {
  readonly #fits: (asked: Entering, within: Within) => boolean;
  /** What is live comes first. */
  #waiting: Waiting[] = [];
  #within: Within = { bytes: 0, samples: 0 };
  #timer: NodeJS.Timeout | undefined;

  constructor({ fits }: { fits(asked: Entering, within: Within): boolean }) {
    this.#fits = fits;
  }

  get within(): Within {
    return this.#within;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  /** Resolves once it fits and nobody comes before it; rejects with the signal's reason when that is aborted before. */
  async enter(asked: Entering, signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    const place = asked.live ? this.#waiting.filter(({ live }) => live).length : this.#waiting.length;
    if (place === 0 && this.#fits(asked, this.#within)) return this.#add(asked);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const waiting = { ...asked, enter: resolve };
    const giveUp = (): void => {
      this.#waiting = this.#waiting.filter((other) => other !== waiting);
      reject(signal?.reason);
    };
    this.#waiting.splice(place, 0, waiting);
    signal?.addEventListener('abort', giveUp, { once: true });
    this.#timer ??= setInterval(() => this.#admit(), POLL_MS);
    try {
      await promise;
    } finally {
      signal?.removeEventListener('abort', giveUp);
    }
  }

  leave({ bytes, samples }: Entering): void {
    this.#within = { bytes: this.#within.bytes - bytes, samples: this.#within.samples - samples };
    this.#admit();
  }

  #add({ bytes, samples }: Entering): void {
    this.#within = { bytes: this.#within.bytes + bytes, samples: this.#within.samples + samples };
  }

  #admit(): void {
    for (let next = this.#waiting.at(0); next && this.#fits(next, this.#within); next = this.#waiting.at(0)) {
      this.#waiting.shift();
      this.#add(next);
      next.enter();
    }
    if (this.#waiting.length > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
