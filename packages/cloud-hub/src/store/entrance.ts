/** How often those who wait look again: what makes room happens in other threads. */
const POLL_MS = 20;
/** One that waits this long is taken for live, so that whatever is live, a backlog goes on: one segment in this time. */
const PATIENCE_MS = 2_000;

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
  /** ms. */
  readonly since: number;
  enter(): void;
}

/** Where segments wait until the store has room for them: what is live first, then in order of arrival. */
export class Entrance implements Disposable {
  readonly #fits: (asked: Entering, within: Within) => boolean;
  readonly #now: () => number;
  /** When a segment that had waited for long was last let go before others, in ms. */
  #indulgedAt = -Infinity;
  /** What is live comes first. */
  #waiting: Waiting[] = [];
  #within: Within = { bytes: 0, samples: 0 };
  #timer: NodeJS.Timeout | undefined;

  /** `now`: ms. */
  constructor({ fits, now }: { fits(asked: Entering, within: Within): boolean; now(): number }) {
    this.#fits = fits;
    this.#now = now;
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
    const waiting = { ...asked, since: this.#now(), enter: resolve };
    const giveUp = (): void => {
      this.#waiting = this.#waiting.filter(({ enter }) => enter !== resolve);
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

  #indulge(): void {
    const now = this.#now();
    const oldest = this.#waiting.findIndex(({ live }) => !live);
    if (oldest < 0 || now - Math.max(this.#waiting[oldest].since, this.#indulgedAt) < PATIENCE_MS) return;
    this.#waiting[oldest] = { ...this.#waiting[oldest], live: true };
    this.#indulgedAt = now;
  }

  #add({ bytes, samples }: Entering): void {
    this.#within = { bytes: this.#within.bytes + bytes, samples: this.#within.samples + samples };
  }

  #admit(): void {
    this.#indulge();
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
