import type { CursorMove } from '@sluis/plugin-sdk';

/** What the broker was asked for: a session that was asked the same needs not be asked again. */
export interface Subscription {
  readonly qos: number;
  /** As they are written in SUBSCRIBE. */
  readonly filters: readonly string[];
}

/** Cursor that names the session and its subscription, and the beginning of those that name messages. */
const SESSION = 'session';
const RECEIVED = 'qos2/';
/**
 * A source may keep 4096 cursors of 1024 characters. So many ids that are not durable yet may join so many that are, among
 * them some whose removal is not durable yet. Ids beyond are known to this process only.
 */
const MAX_KEPT_IDS = 2000;
const MAX_KEPT_CHARACTERS = 1000;
const NOTHING: CursorMove = {};

/**
 * What outlives a connection, as the broker's session does. What has to outlive this process, too, is in cursors, which
 * commit with the samples:
 *
 * - The ids of QoS 2 messages that are durable and not yet released. A message goes into the journal together with its id;
 *   then PUBREC; at PUBREL the id goes; when that is durable, PUBCOMP, after which the broker may use the id for another.
 *   Wherever a kill falls, a message that comes again is known if it is stored, and taken if it is not.
 * - What was subscribed to, so that it is known whether a broker has lost it, and what it should no longer send.
 */
export class Session {
  /** Whose session it is, and where. */
  readonly #at: string;
  readonly #cursors: ReadonlyMap<string, string>;
  /** QoS 1: taken, and its acknowledgement never sent. */
  readonly #unacknowledged = new Set<number>();
  /** QoS 2: taken, and not released. */
  readonly #received = new Set<number>();
  /** What the broker has been asked for, undefined if nobody knows. */
  subscription: Subscription | undefined;

  constructor(at: string, cursors: ReadonlyMap<string, string>) {
    this.#at = at;
    this.#cursors = cursors;
    const kept = cursors.get(SESSION);
    if (kept === undefined) return;
    const { at: keptAt, ...subscription } = JSON.parse(kept) as Subscription & { at: string };
    // Another broker or client id was configured since: what is kept says nothing of this session.
    if (keptAt !== at) return;
    this.subscription = subscription;
    for (const key of cursors.keys()) {
      if (key.startsWith(RECEIVED)) this.#received.add(Number(key.slice(RECEIVED.length)));
    }
  }

  /**
   * True if a message that comes again was taken before. One that does not say so (DUP) is taken: an id may have been freed
   * in a session that is gone, and to take a message twice does less harm than not to take it.
   */
  knows({ qos, id, dup }: { qos: number; id: number; dup: boolean }): boolean {
    if (!dup) return false;
    return qos === 2 ? this.#received.has(id) : this.#unacknowledged.has(id);
  }

  /** A message is taken: what has to become durable with its samples. */
  take(qos: number, id: number): CursorMove {
    if (qos === 1) this.#unacknowledged.add(id);
    if (qos !== 2) return NOTHING;
    this.#received.add(id);
    return Math.max(this.#received.size, this.#cursors.size) <= MAX_KEPT_IDS ? { [RECEIVED + id]: '1' } : NOTHING;
  }

  /** A QoS 1 acknowledgement was sent: from now on the broker may use the id for another message. */
  acknowledged(id: number): void {
    this.#unacknowledged.delete(id);
  }

  /** The broker has released an id: what has to become durable before PUBCOMP. */
  release(id: number): CursorMove {
    return this.#received.delete(id) ? { [RECEIVED + id]: null } : NOTHING;
  }

  /** The subscriptions stand. */
  subscribed(subscription: Subscription): CursorMove {
    this.subscription = subscription;
    const kept = JSON.stringify({ at: this.#at, ...subscription });
    if (this.#cursors.get(SESSION) === kept) return NOTHING;
    return { [SESSION]: kept.length <= MAX_KEPT_CHARACTERS ? kept : null };
  }

  /** The broker has no session for this client (any more): what has to become durable before there is a new one. */
  forget(): CursorMove {
    const keys = [...this.#cursors.keys(), ...Array.from(this.#received, (id) => RECEIVED + id)];
    this.#received.clear();
    this.#unacknowledged.clear();
    this.subscription = undefined;
    return Object.fromEntries(keys.map((key) => [key, null]));
  }
}
