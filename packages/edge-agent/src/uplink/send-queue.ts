import type { Lane } from '@sluis/protocol';
import type { OutboxState, StoredSegment } from '../log/log.ts';
import type { RemoteOutbox } from './remote-outbox.ts';

/** Read ahead at most this much of a lane, so that a read from disk serves several messages. */
const READ_BYTES = 512 << 10;

interface LaneQueue {
  readonly lane: Lane;
  /** Sequence to read from next. */
  next: number;
  /** Read from the outbox, not yet sent. */
  segments: StoredSegment[];
  /** Nothing more is there to read until the outbox grows. */
  drained: boolean;
}

/** What one connection has still to send, lane by lane in order of priority, each in order of sequence. */
export class SendQueue {
  readonly #outbox: RemoteOutbox;
  readonly #lanes: LaneQueue[];

  constructor(outbox: RemoteOutbox, state: OutboxState) {
    this.#outbox = outbox;
    this.#lanes = state.lanes
      .map(({ lane, lowest }) => ({ lane, next: lowest, segments: [], drained: false }))
      .sort((a, b) => a.lane - b.lane);
  }

  /** The outbox has grown: look again. */
  refill(): void {
    for (const lane of this.#lanes) lane.drained = false;
  }

  /** The next segment to send, or undefined when all is sent. */
  async take(): Promise<StoredSegment | undefined> {
    for (const lane of this.#lanes) {
      if (lane.segments.length === 0 && !lane.drained) await this.#read(lane);
      const segment = lane.segments.shift();
      if (segment) return segment;
    }
    return undefined;
  }

  async #read(lane: LaneQueue): Promise<void> {
    // Set first: what is appended while the read is under way calls refill, and must be looked for again.
    lane.drained = true;
    lane.segments = await this.#outbox.read({ lane: lane.lane, from: lane.next, maxBytes: READ_BYTES });
    const last = lane.segments.at(-1);
    if (!last) return;
    lane.drained = false;
    lane.next = last.sequence + 1;
  }
}
