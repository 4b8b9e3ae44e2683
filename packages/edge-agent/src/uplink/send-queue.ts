import { Lane, type LaneReceived } from '@sluis/protocol';
import type { OutboxState, StoredSegment } from '../log/log.ts';
import { joinable } from './join-segments.ts';
import { LanePlan, type Part } from './lane-plan.ts';
import type { RemoteOutbox } from './remote-outbox.ts';
import { Share } from './share.ts';

/** Read ahead at most this much of a part, so that a read from disk serves several messages. */
const READ_BYTES = 512 << 10;
/** So many live segments that wait are worth joining; fewer are sent at once, each by itself. */
const MANY = 16;

/** Read from the outbox, not yet sent. */
interface Ahead {
  segments: StoredSegment[];
  /** Nothing more is there to read until the outbox grows. */
  drained: boolean;
}

interface LaneQueue {
  readonly lane: Lane;
  readonly plan: LanePlan;
  readonly share: Share;
  readonly ahead: Readonly<Record<Part, Ahead>>;
}

/** What may be sent at the moment. */
export interface Room {
  /** Other lanes than that of alarms. */
  readonly data: boolean;
  /** More of the backlog than its share. */
  readonly backlog: boolean;
  /** Segments are joined up to this; 0: not at all. */
  readonly joinBytes: number;
}

/** Segments of adjacent sequences, to be sent as one message. */
export interface Turn {
  readonly lane: Lane;
  /** Nobody waits for it: it must not keep what is live from going. */
  readonly background: boolean;
  readonly segments: readonly StoredSegment[];
}

export interface SendQueueOptions {
  readonly outbox: RemoteOutbox;
  readonly state: OutboxState;
  readonly received: readonly LaneReceived[];
  /** Whether a segment is to be sent by itself. */
  isApart(lane: Lane, sequence: number): boolean;
}

/**
 * What one connection has still to send: lane by lane in order of priority, and of the data lane what is live before its
 * backlog, which has its share.
 */
export class SendQueue {
  readonly #outbox: RemoteOutbox;
  readonly #isApart: SendQueueOptions['isApart'];
  readonly #lanes: readonly LaneQueue[];

  constructor({ outbox, state, received, isApart }: SendQueueOptions) {
    this.#outbox = outbox;
    this.#isApart = isApart;
    this.#lanes = state.lanes
      .map(({ lane, lowest, next }) => {
        const ranges = received.find((theirs) => theirs.lane === lane)?.ranges ?? [];
        const plan = new LanePlan({ lowest, next, received: ranges, jumps: lane === Lane.data });
        return { lane, plan, share: new Share(), ahead: { live: nothingAhead(), backlog: nothingAhead() } };
      })
      .sort((a, b) => a.lane - b.lane);
  }

  /** The outbox has grown: look again. */
  refill(): void {
    for (const { ahead } of this.#lanes) ahead.live.drained = false;
  }

  /** How far the outbox has grown: what is live must not fall behind. */
  grown({ lanes }: OutboxState): void {
    for (const { lane, plan } of this.#lanes) plan.grown(lanes.find((one) => one.lane === lane)?.next ?? 0);
  }

  /** What is next, or undefined: all is sent, or none of it may be at the moment. Consider it sent. */
  async take(room: Room): Promise<Turn | undefined> {
    for (const queue of this.#lanes) {
      if (queue.lane !== Lane.alarm && !room.data) return undefined;
      const turn = await this.#takeOf(queue, room);
      if (turn) return turn;
      // What is left of this lane goes before the lanes below it, also where it has to wait.
      if (queue.plan.backlog || queue.ahead.live.segments.length > 0) return undefined;
    }
    return undefined;
  }

  async #takeOf(queue: LaneQueue, room: Room): Promise<Turn | undefined> {
    const { lane, plan, share } = queue;
    const background = room.backlog || lane === Lane.alarm;
    for (;;) {
      const live = await this.#fillLive(queue);
      const part = share.choose({
        // Detail is asked for by people who can wait: all of it is background.
        live: live && (lane !== Lane.detail || background),
        backlog: plan.backlog !== undefined,
        room: background,
      });
      if (part === undefined) return undefined;
      // A hole of which the outbox holds nothing any more: it is closed, and the choice may be another one.
      if (part === 'backlog' && !(await this.#fillBacklog(queue))) continue;
      const segments = this.#splice(queue, part, room.joinBytes);
      share.sent(part, byteLength(segments), { live });
      return { lane, background: lane === Lane.detail || (lane === Lane.data && part === 'backlog'), segments };
    }
  }

  /** The segments of the next message. */
  #splice({ lane, plan, ahead }: LaneQueue, part: Part, joinBytes: number): StoredSegment[] {
    const { segments } = ahead[part];
    const few = part === 'live' && segments.length < MANY;
    const apart = segments.findIndex(({ sequence }) => this.#isApart(lane, sequence));
    const together = apart < 0 ? segments : segments.slice(0, apart);
    const taken = segments.splice(0, few ? 1 : Math.max(1, joinable(together, joinBytes)));
    plan.passed(part, taken[taken.length - 1].sequence + 1);
    return taken;
  }

  /** Reads on if nothing is ahead. False: there is nothing live to send. */
  async #fillLive({ lane, plan, ahead: { live } }: LaneQueue): Promise<boolean> {
    let from = plan.live;
    // The cursor has jumped over what was read: that is backlog now.
    if (from !== undefined && live.segments.length > 0 && live.segments[0].sequence < from) {
      live.segments = [];
      live.drained = false;
    }
    while (from !== undefined && live.segments.length === 0 && !live.drained) {
      // Set first: what is appended while the read is under way calls refill, and must be looked for again.
      live.drained = true;
      const segments = await this.#outbox.read({ lane, from, maxBytes: READ_BYTES });
      if (plan.live === from) live.segments = segments;
      if (segments.length > 0 || plan.live !== from) live.drained = false;
      from = plan.live;
    }
    return from !== undefined && live.segments.length > 0;
  }

  /** Reads on if nothing is ahead. False: there is nothing left in the oldest hole. */
  async #fillBacklog({ lane, plan, ahead: { backlog } }: LaneQueue): Promise<boolean> {
    if (backlog.segments.length === 0 && plan.backlog) {
      const { from, to } = plan.backlog;
      const segments = await this.#outbox.read({ lane, from, maxBytes: READ_BYTES });
      backlog.segments = segments.filter(({ sequence }) => sequence < to);
      if (backlog.segments.length === 0) plan.passed('backlog', to);
    }
    return backlog.segments.length > 0;
  }
}

function nothingAhead(): Ahead {
  return { segments: [], drained: false };
}

function byteLength(segments: readonly StoredSegment[]): number {
  return segments.reduce((sum, { bytes }) => sum + bytes.byteLength, 0);
}
