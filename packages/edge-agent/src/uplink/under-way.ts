import type { Lane, Range } from '@sluis/protocol';

/** A message that was sent and is not acked. */
export interface SentMessage {
  readonly lane: Lane;
  readonly sequences: Range;
  /** Bytes, or more where they are much work. */
  readonly weight: number;
  readonly background: boolean;
  /** ms. */
  readonly sentAt: number;
}

/** What is under way to the hub: a few messages, in the order they were sent. */
export class UnderWay {
  #messages: SentMessage[] = [];

  get count(): number {
    return this.#messages.length;
  }

  get backgroundCount(): number {
    return this.#messages.filter(({ background }) => background).length;
  }

  add(message: SentMessage): void {
    this.#messages.push(message);
  }

  /** Removes and returns what an ack settles. */
  acked(lane: Lane, ranges: readonly Range[]): SentMessage[] {
    const isAcked = (message: SentMessage): boolean =>
      message.lane === lane &&
      ranges.some(({ from, to }) => from <= message.sequences.from && message.sequences.to <= to);
    const settled = this.#messages.filter(isAcked);
    if (settled.length > 0) this.#messages = this.#messages.filter((message) => !isAcked(message));
    return settled;
  }
}
