import {
  type Ack,
  type HubMessage,
  MINIMUM_SYNC_VERSION,
  type Refusal,
  SYNC_VERSION,
  type Welcome,
} from '@sluis/protocol';
import { describe, type Logger, YoungGarbage } from '@sluis/runtime';
import type { OutboxState } from '../log/log.ts';
import { Allowance } from './allowance.ts';
import type { Bandwidth } from './bandwidth.ts';
import { compareHistories, hubLacksWhatWent } from './compare-histories.ts';
import { definitionMessages } from './definition-messages.ts';
import type { HubCall } from './dial.ts';
import { joinSegments, type OutgoingSegment } from './join-segments.ts';
import type { Refusals } from './refusals.ts';
import type { RemoteJournal, RemoteOutbox } from './remote-outbox.ts';
import { SendQueue, type Turn } from './send-queue.ts';
import { ToldLosses } from './told-losses.ts';

/** Each segment is copied three times on its way to the socket: dead copies of so many bytes gather. */
const COLLECTED_BYTES = 1 << 20;

/** A hub that has said nothing by then is not there: an attempt to connect into a void ends by itself only after minutes. */
const WELCOME_MS = 30_000;

const REPORT_INTERVAL_MS = 5_000;

export interface ConnectionOptions {
  readonly call: HubCall;
  readonly agent: string;
  readonly site: string;
  readonly software: string;
  /** 32 hex digits that no other process has. */
  readonly instance: string;
  readonly outbox: RemoteOutbox;
  readonly journal: RemoteJournal;
  readonly bandwidth: Bandwidth;
  readonly refusals: Refusals;
  readonly log: Logger;
  /** µs since 1970. */
  now(): number;
  /** The hub has said welcome and histories agree. */
  welcomed(): void;
}

/** How a connection ended. Whatever it is, the next one takes up where the outbox's acks stand. */
export type ConnectionEnd =
  /** `worked`: the line broke or the hub went, and something had been acked. */
  | { readonly type: 'lost'; readonly reason: string; readonly worked?: boolean }
  | { readonly type: 'refused'; readonly refusal: Refusal }
  | { readonly type: 'reminted'; readonly because: string };

/**
 * One connection to the hub: Hello, Welcome, then segments within the hub's credit, and acks that free the outbox.
 *
 * A definition precedes the first segment that uses it, once per connection at most; segments are never dropped here:
 * what is not acked when the connection ends is read from the outbox again.
 */
export class Connection {
  readonly #options: ConnectionOptions;
  readonly #ended = Promise.withResolvers<ConnectionEnd>();
  #ownState: OutboxState | undefined;
  #queue: SendQueue | undefined;
  #definitionsSent = 0;
  readonly #garbage = new YoungGarbage(COLLECTED_BYTES);
  readonly #allowance: Allowance;
  #hasAcked = false;
  /** Segments that the hub had acked and no longer has, until it was told of them. */
  #resent = 0;
  #limited: NodeJS.Timeout | undefined;
  #pumping = false;
  #pumpAgain = false;
  #report: NodeJS.Timeout | undefined;
  #impatience: NodeJS.Timeout | undefined;
  readonly #told = new ToldLosses();
  /** Aborted when the connection has ended: what was awaited meanwhile changes nothing any more. */
  readonly #done = new AbortController();

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#allowance = new Allowance(options);
  }

  /** Runs until the connection ends; never rejects. */
  async run(): Promise<ConnectionEnd> {
    const { call } = this.#options;
    call.on('data', (message: HubMessage) => this.#receive(message));
    call.on('drain', () => this.#pump());
    const gone = (reason: string): void => this.#end({ type: 'lost', reason, worked: this.#hasAcked });
    call.on('end', () => gone('the hub ended the connection'));
    call.on('error', (error) => gone(describe(error)));
    const silent = (): void => this.#end({ type: 'lost', reason: `the hub said nothing for ${WELCOME_MS / 1000} s` });
    this.#impatience = setTimeout(silent, WELCOME_MS);
    this.#hello().catch(this.#fault);
    const end = await this.#ended.promise;
    clearInterval(this.#report);
    clearTimeout(this.#limited);
    clearTimeout(this.#impatience);
    call.cancel();
    return end;
  }

  close(reason: string): void {
    this.#end({ type: 'lost', reason });
  }

  /** The outbox has grown. */
  grown(): void {
    this.#queue?.refill();
    this.#pump();
  }

  /** Why nothing but alarms is sent at the moment though something may wait, for people; null: nothing is in the way. */
  get held(): string | null {
    return this.#allowance.heldByLimit ?? (this.#queue ? this.#allowance.heldByHub : null);
  }

  async #hello(): Promise<void> {
    const { agent, call, instance, now, outbox, site, software } = this.#options;
    const state = await outbox.state();
    if (this.#done.signal.aborted) return;
    this.#ownState = state;
    call.write({
      type: 'hello',
      version: SYNC_VERSION,
      minimumVersion: MINIMUM_SYNC_VERSION,
      agent,
      site,
      software,
      epoch: state.epoch,
      lanes: state.lanes,
      clock: now(),
      instance,
    });
  }

  #receive(message: HubMessage): void {
    clearTimeout(this.#impatience);
    if (message.type === 'welcome') this.#welcome(message).catch(this.#fault);
    else if (message.type === 'ack') this.#ack(message).catch(this.#fault);
    else this.#refused(message);
  }

  /** Only what is under way can be refused for what it is: nothing may be given up on the word of a hub that never had it. */
  #refused(refusal: Refusal): void {
    const { segment } = refusal;
    if (!segment || this.#allowance.isUnderWay(segment)) return this.#end({ type: 'refused', refusal });
    const { lane, sequences } = segment;
    const reason = `the hub refused ${sequences.from} to ${sequences.to} of lane ${lane}, which were not under way`;
    this.#end({ type: 'lost', reason });
  }

  async #welcome(welcome: Welcome): Promise<void> {
    const { log, outbox, refusals, welcomed } = this.#options;
    const own = this.#ownState;
    if (!own || this.#queue) throw new Error('a welcome that no hello asked for');
    const { signal } = this.#done;
    const histories = await compareHistories(outbox, own, welcome);
    if (signal.aborted) return;
    if (!histories.same) {
      await outbox.remint();
      return this.#end({ type: 'reminted', because: histories.because });
    }
    for (const { lane } of own.lanes) {
      const received = welcome.received.find((theirs) => theirs.lane === lane)?.ranges ?? [];
      const segments = await outbox.reconcile(lane, received);
      if (signal.aborted) return;
      this.#resent += segments;
      if (segments > 0)
        log.warn({ lane, segments }, 'the hub lacks what it had acked: what is still held is sent again');
    }
    const held = await outbox.state();
    if (signal.aborted) return;
    if (hubLacksWhatWent(own, held, welcome))
      return this.#end({ type: 'lost', reason: 'what is held has changed since hello: the hub is told again' });
    this.#definitionsSent = welcome.knownSeries;
    this.#allowance.welcomed(welcome);
    // What was appended since hello is found when a read comes to it.
    const isApart = refusals.isApart.bind(refusals);
    this.#queue = new SendQueue({ outbox, state: own, received: welcome.received, isApart });
    welcomed();
    this.#report = setInterval(() => this.#sendReport().catch(this.#fault), REPORT_INTERVAL_MS);
    await this.#sendReport();
    this.#pump();
  }

  async #ack(ack: Ack): Promise<void> {
    const acked = this.#allowance.acked(ack);
    // There is room for more, whether or not the outbox has taken note already.
    this.#pump();
    for (const { lane, ranges } of acked) {
      await this.#options.outbox.acknowledge(lane, ranges);
      this.#hasAcked = true;
    }
  }

  async #sendReport(): Promise<void> {
    const { call, journal, now, outbox } = this.#options;
    const [{ samples, bytes }, givenUp, state, lost] = await Promise.all([
      outbox.stats(),
      outbox.givenUp(),
      outbox.state(),
      journal.losses(),
    ]);
    if (this.#done.signal.aborted) return;
    this.#queue?.grown(state);
    call.write({
      type: 'report',
      backlogSamples: samples,
      backlogBytes: bytes,
      shed: this.#told.outbox(givenUp, state.epoch),
      clock: now(),
      resent: this.#resent,
      ...this.#told.journal(lost),
    });
    this.#resent = 0;
  }

  /** Sends while there is something to send and room to send it. One run at a time; a call during a run makes it look again. */
  #pump(): void {
    this.#pumpAgain = true;
    if (this.#pumping) return;
    this.#pumping = true;
    this.#sendAll().catch(this.#fault);
  }

  async #sendAll(): Promise<void> {
    try {
      while (this.#pumpAgain) {
        this.#pumpAgain = false;
        while (this.#queue && this.#hasRoom()) {
          const turn = await this.#queue.take(this.#allowance.room);
          if (!turn) break;
          await this.#send(turn);
        }
      }
    } finally {
      this.#pumping = false;
      this.#lookAgain();
    }
  }

  #hasRoom(): boolean {
    return !this.#options.call.writableNeedDrain && this.#allowance.isLeft;
  }

  /** Nothing tells when a limit lets something be sent again, so a timer does. */
  #lookAgain(): void {
    clearTimeout(this.#limited);
    const wait = this.#allowance.lookAgainMs;
    if (wait !== undefined && !this.#done.signal.aborted) this.#limited = setTimeout(() => this.#pump(), wait);
  }

  async #send({ lane, background, segments }: Turn): Promise<void> {
    const joined = joinSegments(segments);
    const messages = joined ? [joined] : segments.flatMap((segment) => joinSegments([segment]) ?? []);
    for (const message of messages) await this.#write({ lane, background }, message);
    // Joining takes a while: others come first before it goes on.
    if (segments.length > 1) await new Promise((resolve) => setImmediate(resolve));
  }

  async #write(turn: Pick<Turn, 'lane' | 'background'>, segment: OutgoingSegment): Promise<void> {
    const { call } = this.#options;
    const { lane } = turn;
    const { sequences, samples, crc, lastCrc, bytes: data, seriesBound } = segment;
    if (seriesBound > this.#definitionsSent) await this.#define(seriesBound);
    if (this.#done.signal.aborted) return;
    call.write({ type: 'segment', lane, sequences, samples, crc, lastCrc, data, seriesBound });
    this.#allowance.sent(turn, segment);
    this.#garbage.passed(data.byteLength);
  }

  async #define(bound: number): Promise<void> {
    const definitions = await this.#options.outbox.definitions({ from: this.#definitionsSent, to: bound });
    for (const message of definitionMessages(this.#definitionsSent, definitions)) {
      await this.#drained();
      if (this.#done.signal.aborted) return;
      this.#options.call.write(message);
    }
    this.#definitionsSent = bound;
  }

  /** Until what was written before is on its way, or the connection has ended. */
  async #drained(): Promise<void> {
    const { call } = this.#options;
    const { signal } = this.#done;
    while (call.writableNeedDrain && !signal.aborted) {
      const drained = Promise.withResolvers<void>();
      call.once('drain', drained.resolve);
      await Promise.race([drained.promise, this.#ended.promise]);
      call.off('drain', drained.resolve);
    }
  }

  #end(end: ConnectionEnd): void {
    this.#done.abort();
    this.#queue = undefined;
    this.#ended.resolve(end);
  }

  /** The outbox did not answer, or the hub's message made no sense: start over with a new connection. */
  readonly #fault = (error: unknown): void => this.#end({ type: 'lost', reason: describe(error) });
}
