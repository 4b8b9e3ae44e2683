import {
  type AgentMessage,
  type DefinitionsMessage,
  type Hello,
  type HubMessage,
  type Lane,
  MINIMUM_SYNC_VERSION,
  type RefusalReason,
  type RefusedSegment,
  type Report,
  SYNC_VERSION,
  type SegmentMessage,
} from '@sluis/protocol';
import { describe, type Logger } from '@sluis/runtime';
import type { IngestStore, LostOutbox } from '../store/ingest-store.ts';
import { AckBatch } from './ack-batch.ts';

/** Segment bytes an agent may have under way. At 40 ms round trip this allows 100 MB/s, commit time included. */
export const CREDIT_WINDOW_BYTES = 8 << 20;

/**
 * What the store has been given for one agent and has not settled, in bytes: segments within their credit, definitions
 * and reports. Beyond it the hub reads nothing more from the agent. Each message counts as {@link LEAST_CHARGE_BYTES}
 * at least, so that there are at most 1,536.
 */
const MAX_UNDER_WAY_BYTES = 3 * CREDIT_WINDOW_BYTES;
const LEAST_CHARGE_BYTES = 16 << 10;
/** Memory of a definition and of a shed range, beside their texts. */
const DEFINITION_BYTES = 100;
const SHED_BYTES = 200;

/** What a session needs of its connection: a place to send to, a rest from what comes, and an end. */
export interface Peer {
  send(message: HubMessage): void;
  /** Nothing more is received than a few messages that were already read. */
  pause(): void;
  resume(): void;
  end(): void;
}

export interface SessionOptions {
  readonly ingest: IngestStore;
  readonly peer: Peer;
  readonly log: Logger;
  /** µs since 1970. */
  now(): number;
  /**
   * Called once the agent is known: an older session of the same agent gives way. Or this one is not to go on: then it
   * returns why, for people.
   */
  opened(hello: Hello, session: Session): string | undefined;
}

/**
 * The hub's side of one agent's sync, from Hello to the end of the connection.
 *
 * Messages are handed to the store in the order they came and without waiting for one another, so that many share a
 * commit; each ack follows its commit. A peer that breaks the protocol is refused and told why.
 */
export class Session {
  readonly #options: SessionOptions;
  readonly #acks = new AckBatch();
  #state: 'new' | 'opening' | 'open' | 'ended' = 'new';
  #hello: Hello | undefined;
  /** The store was told that the agent is connected, and must hear when it is no more. */
  #shown = false;
  #knownSeries = 0;
  #receivedBytes = 0;
  #settledBytes = 0;
  #underWayBytes = 0;
  /** By lane: where what the agent sent ends. What lies before it, and comes later, is backlog. */
  readonly #newest = new Map<Lane, number>();
  readonly #closed = new AbortController();
  #ackScheduled = false;

  constructor(options: SessionOptions) {
    this.#options = options;
  }

  get agent(): string | undefined {
    return this.#hello?.agent;
  }

  /** The agent's process; '' where it does not say. */
  get instance(): string | undefined {
    return this.#hello?.instance;
  }

  receive(message: AgentMessage): void {
    if (this.#state === 'ended') return;
    if (message.type === 'hello') this.#open(message);
    else if (this.#state !== 'open' || !this.#hello)
      this.refuse('protocol', `${message.type} before the hub's welcome`);
    else if (message.type === 'segment') this.#store(this.#hello, message);
    else if (message.type === 'definitions') this.#define(this.#hello, message);
    else this.#report(this.#hello, message);
  }

  refuse(reason: RefusalReason, message: string, segment?: RefusedSegment): void {
    if (this.#state === 'ended') return;
    this.#options.log.warn({ agent: this.agent, reason }, `refused an agent: ${message}`);
    this.#options.peer.send({ type: 'refusal', reason, message, ...(segment && { segment }) });
    this.close();
  }

  /** Ends the session from this side, or takes note that the peer has. */
  close(): void {
    if (this.#state === 'ended') return;
    this.#state = 'ended';
    // What waits for its turn must not be stored after the welcome of a session that follows.
    this.#closed.abort();
    this.#options.peer.end();
    if (!this.#shown || !this.#hello) return;
    this.#options.log.info({ agent: this.#hello.agent }, 'agent disconnected');
    this.#options.ingest.connected(this.#hello.agent, false, this.#options.now()).catch(this.#fault);
  }

  #open(hello: Hello): void {
    if (this.#state !== 'new') return this.refuse('protocol', 'a second hello');
    const version = Math.min(hello.version, SYNC_VERSION);
    if (version < Math.max(hello.minimumVersion, MINIMUM_SYNC_VERSION)) {
      return this.refuse(
        'version',
        `the agent speaks sync versions ${hello.minimumVersion} to ${hello.version}, this hub ${MINIMUM_SYNC_VERSION} to ${SYNC_VERSION}: update the older of the two`,
      );
    }
    if (!hello.agent || !hello.site) return this.refuse('identity', 'an agent must say its id and its site');
    this.#state = 'opening';
    this.#hello = hello;
    const { ingest, log, now, opened, peer } = this.#options;
    const obstacle = opened(hello, this);
    if (obstacle !== undefined) return this.refuse('identity', obstacle);
    ingest
      .open({ ...hello, now: now() })
      .then(async ({ received, knownSeries, lost }) => {
        if (lost) this.#tellLost(hello, lost);
        if (this.#state !== 'opening') return;
        this.#shown = true;
        await ingest.connected(hello.agent, true, now());
        if (this.#state !== 'opening') return;
        this.#state = 'open';
        this.#knownSeries = knownSeries;
        for (const { lane, ranges } of received) this.#newest.set(lane, ranges.at(-1)?.to ?? 0);
        peer.send({ type: 'welcome', version, received, knownSeries, credit: CREDIT_WINDOW_BYTES });
        log.info({ agent: hello.agent, site: hello.site, epoch: hello.epoch }, 'agent connected');
      })
      .catch(this.#fault);
  }

  #tellLost({ agent, epoch }: Hello, lost: LostOutbox): void {
    const { log } = this.#options;
    const fields = { agent, lost: lost.epoch, samples: lost.samples, epoch };
    const what = 'an agent has another outbox than before';
    if (lost.samples > 0) {
      log.error(fields, `${what}: what the one before had still to send is shown as a gap, "outbox lost"`);
    } else {
      log.warn(fields, `${what}: the one before had sent all when it last reported, and nobody knows what came after`);
    }
  }

  #define(hello: Hello, message: DefinitionsMessage): void {
    const { first, series } = message;
    const size = series.reduce((sum, { path, unit }) => sum + DEFINITION_BYTES + path.length + unit.length, 0);
    const defined = this.#options.ingest.define({ agent: hello.agent, epoch: hello.epoch, first, series });
    this.#settle(size, defined, (outcome) => {
      if ('refused' in outcome) return this.refuse('protocol', outcome.message);
      this.#knownSeries = Math.max(this.#knownSeries, outcome.knownSeries);
      this.#scheduleAck();
    });
  }

  #store(hello: Hello, { lane, sequences, samples, crc, lastCrc, seriesBound, data }: SegmentMessage): void {
    const size = data.byteLength;
    this.#receivedBytes += size;
    if (this.#receivedBytes > this.#settledBytes + 2 * CREDIT_WINDOW_BYTES) {
      return this.refuse('protocol', 'more bytes were sent than the hub gave credit for');
    }
    const { agent, epoch } = hello;
    const newest = this.#newest.get(lane) ?? 0;
    const live = sequences.from >= newest;
    this.#newest.set(lane, Math.max(newest, sequences.to));
    const segment = { agent, epoch, lane, ...sequences, samples, crc, lastCrc, seriesBound, bytes: data, live };
    this.#settle(size, this.#options.ingest.store(segment, this.#closed.signal), (outcome) => {
      this.#settledBytes += size;
      if (typeof outcome === 'object') {
        // A later hub will take it: the agent must keep it.
        if (outcome.refused === 'version') return this.refuse('version', outcome.message);
        // Another segment in the place of one that is stored may still be what the agent has: histories are to be compared.
        const segment = outcome.refused === 'conflict' ? undefined : { lane, sequences };
        return this.refuse('protocol', outcome.message, segment);
      }
      this.#acks.add(lane, sequences);
      this.#scheduleAck();
    });
  }

  #report(hello: Hello, report: Report): void {
    const { backlogSamples, backlogBytes, resent } = report;
    if (resent > 0) {
      this.#options.log.warn(
        { agent: hello.agent, epoch: hello.epoch, segments: resent },
        'this hub was put back to an earlier state: an agent sends again what it still holds of what the hub had acked',
      );
    }
    const shed = report.shed.map(({ sequences, ...rest }) => ({ ...rest, ...sequences }));
    const { journal } = report;
    const { ingest, now } = this.#options;
    const { agent, epoch } = hello;
    const reported = ingest.report({ agent, epoch, backlogSamples, backlogBytes, shed, journal, now: now() });
    this.#settle((shed.length + (journal?.losses.length ?? 0)) * SHED_BYTES, reported, () => undefined);
  }

  /** Waits for what the store was given; while that is too much, nothing more is read. */
  #settle<T>(bytes: number, given: Promise<T>, settled: (outcome: T) => void): void {
    const charge = Math.max(bytes, LEAST_CHARGE_BYTES);
    this.#underWayBytes += charge;
    if (this.#underWayBytes > MAX_UNDER_WAY_BYTES) this.#options.peer.pause();
    given
      .then(settled)
      .catch(this.#fault)
      .finally(() => {
        const wasPaused = this.#underWayBytes > MAX_UNDER_WAY_BYTES;
        this.#underWayBytes -= charge;
        if (wasPaused && this.#underWayBytes <= MAX_UNDER_WAY_BYTES) this.#options.peer.resume();
      });
  }

  /** One ack for all that one commit settled: its promises resolve in one turn of the event loop. */
  #scheduleAck(): void {
    if (this.#ackScheduled) return;
    this.#ackScheduled = true;
    setImmediate(() => {
      this.#ackScheduled = false;
      if (this.#state !== 'open') return;
      const credit = this.#settledBytes + CREDIT_WINDOW_BYTES;
      this.#options.peer.send({ type: 'ack', received: this.#acks.take(), knownSeries: this.#knownSeries, credit });
    });
  }

  /** The store could not say whether it has what was sent: without an ack the agent will send it again. */
  readonly #fault = (error: unknown): void => {
    const { signal } = this.#closed;
    if (signal.aborted && error === signal.reason) return;
    // After the session's end, when a hub stops, say, it is no fault: the agent has no ack, and sends it again.
    const level = this.#state === 'ended' ? 'info' : 'error';
    this.#options.log[level](
      { agent: this.agent, reason: describe(error) },
      'the store did not take what an agent sent',
    );
    this.refuse('store', 'the hub cannot store at the moment; send again later');
  };
}
