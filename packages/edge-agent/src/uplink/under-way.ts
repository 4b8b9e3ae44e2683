import { type Lane, type Range, RangeSet, type RefusedSegment } from '@sluis/protocol';

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
  /** What was ever under way here, settled or not. */
  readonly #sent = new Map<Lane, RangeSet>();

  get count(): number {
    return this.#messages.length;
  }

  get backgroundCount(): number {
    return this.#messages.filter(({ background }) => background).length;
  }

  add(message: SentMessage): void {
    this.#messages.push(message);
    let sent = this.#sent.get(message.lane);
    if (!sent) this.#sent.set(message.lane, (sent = new RangeSet()));
    sent.add(message.sequences);
  }

  /** Whether this is a message that the hub can refuse: sent here and not acked. */
  has({ lane, sequences: { from, to } }: RefusedSegment): boolean {
    return this.#messages.some(
      (message) => message.lane === lane && message.sequences.from === from && message.sequences.to === to,
    );
  }

  /**
   * Removes and returns what an ack settles.
   * @throws Error if it is of what was never sent here: nothing may be deleted on the word of such a hub
   */
  acked(lane: Lane, ranges: readonly Range[]): SentMessage[] {
    const stranger = ranges.find((range) => !this.#sent.get(lane)?.covers(range));
    if (stranger)
      throw new Error(`the hub acked ${stranger.from} to ${stranger.to} of lane ${lane}, which were not sent`);
    const isAcked = (message: SentMessage): boolean =>
      message.lane === lane &&
      ranges.some(({ from, to }) => from <= message.sequences.from && message.sequences.to <= to);
    const settled = this.#messages.filter(isAcked);
    if (settled.length > 0) this.#messages = this.#messages.filter((message) => !isAcked(message));
    return settled;
  }
}
