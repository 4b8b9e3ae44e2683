import { type Ack, type Lane, type Range, RangeSet, type RefusedSegment, type Welcome } from '@sluis/protocol';
import { BacklogWindow } from './backlog-window.ts';
import type { Bandwidth } from './bandwidth.ts';
import type { OutgoingSegment } from './join-segments.ts';
import type { Room, Turn } from './send-queue.ts';
import { UnderWay } from './under-way.ts';

/** Unacked messages under way. Bytes are bounded by the hub's credit; this bounds many small ones. */
const MAX_IN_FLIGHT = 64;
/** Of these, and of the credit, the rest is free for what is live. */
const BACKGROUND_SHARE = 1 / 2;

/** Small segments are joined to about this length, and to less where a message of it would keep others waiting. */
const JOIN_BYTES = { least: 16 << 10, most: 128 << 10 } as const;
/** Part of a second, or of the backlog's window, that one joined message may take. */
const JOIN_SHARE = 1 / 4;
/** The hub takes joined segments from this version on. */
const JOINING_VERSION = 2;

/** A sample counts at least so many bytes of what of the backlog is under way. */
const SAMPLE_WEIGHT = 4;

/** While a limit holds data back it is looked again at least so often, for limits change. */
const LIMIT_POLL_MS = 1_000;

export interface Acked {
  readonly lane: Lane;
  readonly ranges: readonly Range[];
}

/** How much more may be sent: within the hub's credit and the limit in force, and of the backlog so much that live data is not late. */
export class Allowance {
  readonly #bandwidth: Bandwidth;
  /** µs since 1970. */
  readonly #now: () => number;
  readonly #underWay = new UnderWay();
  /** As a total since the connection began, which is how the hub gives it. */
  #credit = 0;
  #sentBytes = 0;
  #version = 0;
  #window = new BacklogWindow(0);

  constructor({ bandwidth, now }: { bandwidth: Bandwidth; now(): number }) {
    this.#bandwidth = bandwidth;
    this.#now = now;
  }

  welcomed({ credit, version }: Welcome): void {
    this.#credit = credit;
    this.#version = version;
    this.#window = new BacklogWindow(credit * BACKGROUND_SHARE);
  }

  /** The hub takes so many bytes and messages more. */
  get isLeft(): boolean {
    return this.#sentBytes < this.#credit && this.#underWay.count < MAX_IN_FLIGHT;
  }

  /** For what the next turn may be. */
  get room(): Room {
    const now = this.#now();
    const most = Math.min(this.#bandwidth.limit(now), this.#window.bytes) * JOIN_SHARE;
    return {
      data: this.#bandwidth.waitMs(now) === 0,
      backlog: this.#window.hasRoom && this.#underWay.backgroundCount < MAX_IN_FLIGHT * BACKGROUND_SHARE,
      joinBytes: this.#version < JOINING_VERSION ? 0 : Math.max(JOIN_BYTES.least, Math.min(JOIN_BYTES.most, most)),
    };
  }

  /** When to look again though nothing tells that a limit lets something be sent, in ms; undefined where none holds it. */
  get lookAgainMs(): number | undefined {
    const wait = this.#bandwidth.waitMs(this.#now());
    return wait > 0 ? Math.min(wait, LIMIT_POLL_MS) : undefined;
  }

  /** Why a limit lets nothing but alarms be sent at the moment, for people; null: none does. */
  get heldByLimit(): string | null {
    const wait = this.#bandwidth.waitMs(this.#now());
    if (wait === Infinity) return 'the limit in force lets nothing but alarms be sent';
    return wait > LIMIT_POLL_MS ? `the limit in force is used up for ${Math.ceil(wait / 1000)} s` : null;
  }

  /** The same of a hub that has said welcome. */
  get heldByHub(): string | null {
    return this.#sentBytes < this.#credit ? null : 'the hub takes no more until it has stored what is under way';
  }

  sent(
    { lane, background }: Pick<Turn, 'lane' | 'background'>,
    { sequences, samples, bytes: data }: OutgoingSegment,
  ): void {
    const bytes = data.byteLength;
    this.#sentBytes += bytes;
    // What compresses well is short on the line and as much work at the hub.
    const weight = Math.max(bytes, samples * SAMPLE_WEIGHT);
    this.#underWay.add({ lane, sequences, weight, background, sentAt: this.#now() / 1000 });
    if (background) this.#window.sent(weight);
    this.#bandwidth.sent(bytes);
  }

  /** Returns what of it was under way. Throws if the hub acks what was never sent here. */
  acked(ack: Ack): Acked[] {
    this.#credit = ack.credit;
    const now = this.#now() / 1000;
    const settled = ack.received.map(({ lane, ranges }) => ({ lane, messages: this.#underWay.acked(lane, ranges) }));
    for (const { background, weight, sentAt } of settled.flatMap(({ messages }) => messages))
      if (background) this.#window.acked(weight, { sentAt, now });
    return settled
      .map(({ lane, messages }) => ({ lane, ranges: new RangeSet(messages.map((one) => one.sequences)).ranges }))
      .filter(({ ranges }) => ranges.length > 0);
  }

  /** Whether the hub can refuse this: sent here and not acked. */
  isUnderWay(segment: RefusedSegment): boolean {
    return this.#underWay.has(segment);
  }
}
