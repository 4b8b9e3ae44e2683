/** What is live waits behind the backlog that is under way for about so long at most. */
const TARGET_MS = 400;
const LEAST_BYTES = 64 << 10;
const FIRST_BYTES = 128 << 10;
const SHRINK = 0.7;

/**
 * How much of the backlog may be under way. Whatever is sent live is queued behind it, on the line and at the hub, so the
 * bound follows how long an ack takes: it grows by what was acked within the target, and shrinks once a round trip when
 * acks take longer. On a fast line that is soon all that the hub gives credit for, on a slow one a message or two.
 */
export class BacklogWindow {
  readonly #most: number;
  #bytes = FIRST_BYTES;
  #underWay = 0;
  /** Messages that were sent before this time in ms cannot know of the latest shrinking. */
  #shrunkAt = -Infinity;

  /** `most`: the rest of the hub's credit stays free for what is live. */
  constructor(most: number) {
    this.#most = Math.max(most, LEAST_BYTES);
  }

  /** A single message always has room, however long it is. */
  get hasRoom(): boolean {
    return this.#underWay === 0 || this.#underWay < this.#bytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  sent(bytes: number): void {
    this.#underWay += bytes;
  }

  /** Times in ms. */
  acked(bytes: number, { sentAt, now }: { sentAt: number; now: number }): void {
    this.#underWay -= bytes;
    if (now - sentAt <= TARGET_MS) {
      this.#bytes = Math.min(this.#most, this.#bytes + bytes);
    } else if (sentAt > this.#shrunkAt) {
      this.#bytes = Math.max(LEAST_BYTES, this.#bytes * SHRINK);
      this.#shrunkAt = now;
    }
  }
}
