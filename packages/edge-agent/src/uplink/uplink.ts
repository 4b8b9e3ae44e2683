import type { RefusedSegment } from '@sluis/protocol';
import { Backoff, describe, type Logger, pause } from '@sluis/runtime';
import { Bandwidth, type BandwidthOptions } from './bandwidth.ts';
import { Connection, type ConnectionEnd } from './connection.ts';
import { type Dial, dialGrpc } from './dial.ts';
import { Refusals } from './refusals.ts';
import type { RemoteJournal, RemoteOutbox } from './remote-outbox.ts';

export interface UplinkOptions {
  /** host:port of the hub. */
  readonly address: string;
  readonly agent: string;
  readonly site: string;
  readonly software: string;
  readonly outbox: RemoteOutbox;
  readonly journal: RemoteJournal;
  readonly log: Logger;
  /** µs since 1970. */
  now(): number;
  /** 32 hex digits that no other process has. */
  readonly instance: string;
  readonly bandwidth: BandwidthOptions;
  /** A segment is given up when the hub still refuses it so long after the first time. A minute unless given. */
  readonly giveUpAfterMs?: number;
  /** By gRPC unless given. */
  readonly dial?: Dial;
}

export type UplinkState = 'connecting' | 'connected' | 'waiting' | 'refused' | 'stopped';

/** A connection that held this long was a good one, as was one that worked: after it, the first attempt comes at once. */
const HEALTHY_MS = 5_000;

/** Long enough for a hub in trouble to be restarted: data is given up for what it is, not for a moment's fault. */
const GIVE_UP_AFTER_MS = 60_000;

/** Sends the outbox to the hub, over one connection after another, until stopped. A missing hub is waited for. */
export class Uplink implements AsyncDisposable {
  readonly #options: UplinkOptions;
  readonly #stopping = new AbortController();
  #connection: Connection | undefined;
  readonly #bandwidth: Bandwidth;
  readonly #refusals: Refusals;
  #loop: Promise<void> | undefined;
  state: UplinkState = 'connecting';
  /** Why the latest connection ended, or null while one is up. */
  detail: string | null = null;

  constructor(options: UplinkOptions) {
    this.#options = options;
    this.#bandwidth = new Bandwidth(options.bandwidth);
    this.#refusals = new Refusals({ giveUpAfterMs: options.giveUpAfterMs ?? GIVE_UP_AFTER_MS });
  }

  /** Bytes per second that may be sent at the moment; null: as many as the line takes. */
  get limit(): number | null {
    const limit = this.#bandwidth.limit(this.#options.now());
    return limit === Infinity ? null : limit;
  }

  /** Why nothing is sent at the moment though a connection is up, for people. */
  get held(): string | null {
    return this.#connection?.held ?? null;
  }

  start(): void {
    this.#loop ??= this.#keepConnected();
  }

  /** The outbox has grown. */
  grown(): void {
    this.#connection?.grown();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort();
    this.#connection?.close('the agent stops');
    await this.#loop;
    this.state = 'stopped';
  }

  async #keepConnected(): Promise<void> {
    const { log, address } = this.#options;
    const { signal } = this.#stopping;
    const backoff = new Backoff();
    let reminted = false;
    while (!signal.aborted) {
      const began = performance.now();
      const end = await this.#connect(() => {
        this.state = 'connected';
        this.detail = null;
        log.info({ hub: address }, 'connected to the hub');
      });
      if (signal.aborted) return;
      this.#tell(end);
      if (end.type === 'refused' && end.refusal.segment) await this.#giveUpIfAgain(end.refusal.segment);
      // A hub that disagrees with a new epoch, too, would have one minted without end.
      const again = reminted;
      reminted = end.type === 'reminted';
      if (reminted && !again) continue;
      const worked = end.type === 'lost' && end.worked;
      if (worked || performance.now() - began > HEALTHY_MS) backoff.reset();
      await pause(backoff.next(), signal);
    }
  }

  /** A segment that is still refused after a while will be refused for ever, and all that follows would wait for it. */
  async #giveUpIfAgain(segment: RefusedSegment): Promise<void> {
    const { log, outbox } = this.#options;
    if (!this.#refusals.refused(segment, performance.now())) return;
    const { lane, sequences } = segment;
    try {
      await outbox.giveUp(lane, sequences);
      this.#refusals.forget(segment);
    } catch (error) {
      log.warn(
        { lane, ...sequences, reason: describe(error) },
        'a refused segment could not be given up; it is sent again',
      );
    }
  }

  async #connect(welcomed: () => void): Promise<ConnectionEnd> {
    const { address, dial = dialGrpc } = this.#options;
    const { call, close } = dial(address);
    try {
      this.#connection = new Connection({
        ...this.#options,
        call,
        welcomed,
        bandwidth: this.#bandwidth,
        refusals: this.#refusals,
      });
      return await this.#connection.run();
    } finally {
      this.#connection = undefined;
      close();
    }
  }

  #tell(end: ConnectionEnd): void {
    const { log, address } = this.#options;
    if (end.type === 'reminted') {
      this.state = 'connecting';
      this.detail = end.because;
      log.warn(
        { because: end.because },
        'the hub has another history of this outbox: a new epoch was minted, and all that is held is sent again',
      );
    } else if (end.type === 'refused' && end.refusal.reason !== 'store') {
      this.state = 'refused';
      this.detail = end.refusal.message;
      log.error({ hub: address, reason: end.refusal.reason }, `the hub refused this agent: ${end.refusal.message}`);
    } else {
      // A hub whose store starts or stops is as good as none: nothing is wrong with this agent.
      const reason = end.type === 'refused' ? end.refusal.message : end.reason;
      // Said once per outage: while it lasts, attempts fail every few seconds for the same reason.
      if (this.state === 'connected' || this.detail === null)
        log.warn({ hub: address, reason }, 'no connection to the hub: keeping data here and trying again');
      this.state = 'waiting';
      this.detail = reason;
    }
  }
}
