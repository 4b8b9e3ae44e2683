import { type Range, RangeSet } from '@sluis/protocol';

/** Holes that the hub may have in a lane: each is a range there, in memory, on disk and in every welcome. */
export const MAX_HOLES = 64;
/** What was appended since the newest that the hub has goes in order up to this many segments: some 16 s of a slow lane. */
const SHORT_TAIL = 64;

/** What of a lane is next: `live` goes on behind the newest that was sent, `backlog` closes holes from the oldest on. */
export type Part = 'live' | 'backlog';

/**
 * What one connection has still to send of a lane: a live cursor, and the backlog behind it as ranges, oldest first.
 * Together they hold every sequence that is still to be sent, once.
 *
 * The live cursor jumps to the head when it would have more than a short tail to send before it got there, which leaves
 * a hole at the hub until the backlog has closed it. A jump needs room for one more hole: without it the lane is sent
 * oldest first until there is. So an outage adds one hole at most, and a short one adds none.
 */
export class LanePlan {
  readonly #jumps: boolean;
  #backlog: Range[];
  #live: number;
  #head: number;

  /** `jumps`: live before backlog; otherwise all goes in order. */
  constructor({ lowest, next, received, jumps }: Held & { readonly jumps: boolean }) {
    this.#jumps = jumps;
    const missing = new RangeSet(received).missing({ from: lowest, to: next });
    const tail = missing.at(-1)?.to === next ? missing.pop() : undefined;
    this.#backlog = missing;
    this.#live = tail?.from ?? next;
    this.#head = next;
    this.#jump();
  }

  /** The lane's next segment will get the sequence `head`. */
  grown(head: number): void {
    this.#head = Math.max(this.#head, head);
    this.#jump();
  }

  /** Holes that the hub has, or will have once something live was sent. */
  get holes(): number {
    return this.#backlog.length;
  }

  get backlog(): Range | undefined {
    return this.#backlog[0];
  }

  /** Where the live part goes on; undefined while the backlog goes first. */
  get live(): number | undefined {
    const inOrder = !this.#jumps || this.#lags || this.#backlog.length > MAX_HOLES;
    return inOrder && this.#backlog.length > 0 ? undefined : this.#live;
  }

  /** Everything of a part that lies below `sequence` was sent, or will never come. */
  passed(part: Part, sequence: number): void {
    if (part === 'live') {
      this.#live = sequence;
      this.#head = Math.max(this.#head, sequence);
      return;
    }
    const [{ to }, ...rest] = this.#backlog;
    this.#backlog = sequence < to ? [{ from: sequence, to }, ...rest] : rest;
    this.#jump();
  }

  get #lags(): boolean {
    return this.#head - this.#live > SHORT_TAIL;
  }

  #jump(): void {
    if (!this.#jumps || !this.#lags) return;
    const last = this.#backlog.at(-1);
    if (last?.to === this.#live) this.#backlog[this.#backlog.length - 1] = { from: last.from, to: this.#head };
    else if (this.#backlog.length < MAX_HOLES) this.#backlog.push({ from: this.#live, to: this.#head });
    else return;
    this.#live = this.#head;
  }
}

/** What an outbox holds of a lane, and what of it the hub has. */
export interface Held {
  readonly lowest: number;
  readonly next: number;
  readonly received: readonly Range[];
}
