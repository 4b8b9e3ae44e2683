/** A snapshot follows so much of the journal, or less after some time: it bounds the replay, and costs a file. */
const BYTES = 64 << 20;
/** This part of it is enough once {@link AFTER_MS}.often has passed. */
const RELAXED_SHARE = 1 / 4;
const AFTER_MS = { often: 60_000, relaxed: 600_000 } as const;
/** One that could not be saved, or that the journal waits for, follows the last after this. */
const RETRY_MS = 5_000;
/** What an entry takes in the journal beside its rows. */
const ENTRY_BYTES = 64;

/** When the next snapshot is due. Times are milliseconds of the host's timer. */
export class SnapshotPace {
  readonly #enough: number;
  #takenAt = 0;
  #read = 0;
  #retryAt: number | undefined;
  #isAwaited = false;

  /** `bytes`: journal bytes after which a snapshot is taken at once; 64 MiB unless given. */
  constructor(bytes = BYTES) {
    this.#enough = bytes;
  }

  /** Streams have read an entry whose rows have so many bytes. */
  entry(bytes: number): void {
    this.#read += bytes + ENTRY_BYTES;
  }

  /** A snapshot of all that was read is taken. */
  taken(now: number): void {
    this.#takenAt = now;
    this.#read = 0;
    this.#retryAt = undefined;
    this.#isAwaited = false;
  }

  /** What was taken could not be saved. */
  failed(now: number): void {
    this.#retryAt = now + RETRY_MS;
  }

  /** The journal has no room: a snapshot lets it give back some. */
  hurry(): void {
    this.#isAwaited = true;
  }

  /** The host starts over: time counts from now on, and what was read counts on. */
  reopened(now: number): void {
    this.#takenAt = now;
  }

  /** 0 where it is due whatever the time. */
  get dueAt(): number {
    if (this.#retryAt !== undefined) return this.#retryAt;
    if (this.#read >= this.#enough) return 0;
    if (this.#isAwaited) return this.#takenAt + RETRY_MS;
    const isMuch = this.#read >= this.#enough * RELAXED_SHARE;
    return this.#takenAt + (isMuch ? AFTER_MS.often : AFTER_MS.relaxed);
  }
}
