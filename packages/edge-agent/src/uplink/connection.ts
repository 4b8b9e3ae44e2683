import type { ClientDuplexStream } from '@grpc/grpc-js';
import {
  type Ack,
  type AgentMessage,
  type HubMessage,
  MINIMUM_SYNC_VERSION,
  type Refusal,
  SYNC_VERSION,
  type Welcome,
} from '@sluis/protocol';
import { describe, type Logger } from '@sluis/runtime';
import type { OutboxState, StoredSegment } from '../log/log.ts';
import { compareHistories } from './compare-histories.ts';
import type { RemoteOutbox } from './remote-outbox.ts';
import { SendQueue } from './send-queue.ts';

/** Unacked messages under way. Bytes are bounded by the hub's credit; this bounds many small ones. */
const MAX_IN_FLIGHT = 64;

/** Definitions go in messages of about this size. */
const DEFINITIONS_BYTES = 64 << 10;

const REPORT_INTERVAL_MS = 5_000;
/** Of more, the next report tells. */
const GIVEN_UP_PER_REPORT = 256;

export interface ConnectionOptions {
  readonly call: ClientDuplexStream<AgentMessage, HubMessage>;
  readonly agent: string;
  readonly site: string;
  readonly software: string;
  readonly outbox: RemoteOutbox;
  readonly log: Logger;
  /** µs since 1970. */
  now(): number;
  /** The hub has said welcome and histories agree. */
  welcomed(): void;
}

/** How a connection ended. Whatever it is, the next one takes up where the outbox's acks stand. */
export type ConnectionEnd =
  | { readonly type: 'lost'; readonly reason: string }
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
  #sentBytes = 0;
  #credit = 0;
  #sentSegments = 0;
  #ackedSegments = 0;
  #pumping = false;
  #pumpAgain = false;
  #report: NodeJS.Timeout | undefined;
  /** What of the given up the hub has been told here. */
  readonly #told = new Set<string>();
  /** Aborted when the connection has ended: what was awaited meanwhile changes nothing any more. */
  readonly #done = new AbortController();

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  /** Runs until the connection ends; never rejects. */
  async run(): Promise<ConnectionEnd> {
    const { call } = this.#options;
    call.on('data', (message: HubMessage) => this.#receive(message));
    call.on('drain', () => this.#pump());
    call.on('end', () => this.#end({ type: 'lost', reason: 'the hub ended the connection' }));
    call.on('error', (error) => this.#end({ type: 'lost', reason: describe(error) }));
    this.#hello().catch(this.#fault);
    const end = await this.#ended.promise;
    clearInterval(this.#report);
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

  async #hello(): Promise<void> {
    const { agent, call, now, outbox, site, software } = this.#options;
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
    });
  }

  #receive(message: HubMessage): void {
    if (message.type === 'welcome') this.#welcome(message).catch(this.#fault);
    else if (message.type === 'ack') this.#ack(message).catch(this.#fault);
    else this.#end({ type: 'refused', refusal: message });
  }

  async #welcome(welcome: Welcome): Promise<void> {
    const { log, outbox, welcomed } = this.#options;
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
      if (segments > 0)
        log.warn({ lane, segments }, 'the hub lacks what it had acked: what is still held is sent again');
    }
    this.#definitionsSent = welcome.knownSeries;
    this.#credit = welcome.credit;
    this.#queue = new SendQueue(outbox, own);
    welcomed();
    this.#report = setInterval(() => this.#sendReport().catch(this.#fault), REPORT_INTERVAL_MS);
    await this.#sendReport();
    this.#pump();
  }

  async #ack(ack: Ack): Promise<void> {
    this.#credit = ack.credit;
    for (const { lane, ranges } of ack.received) {
      for (const { from, to } of ranges) this.#ackedSegments += to - from;
      await this.#options.outbox.acknowledge(lane, ranges);
    }
    this.#pump();
  }

  async #sendReport(): Promise<void> {
    const { call, now, outbox } = this.#options;
    const [{ samples, bytes }, givenUp] = await Promise.all([outbox.stats(), outbox.givenUp()]);
    if (this.#done.signal.aborted) return;
    const untold = givenUp.filter((range) => !this.#told.has(JSON.stringify(range)));
    const shed = untold.slice(0, GIVEN_UP_PER_REPORT);
    for (const range of shed) this.#told.add(JSON.stringify(range));
    call.write({ type: 'report', backlogSamples: samples, backlogBytes: bytes, shed, clock: now() });
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
          const segment = await this.#queue.take();
          if (!segment) break;
          await this.#send(segment);
        }
      }
    } finally {
      this.#pumping = false;
    }
  }

  #hasRoom(): boolean {
    return (
      !this.#options.call.writableNeedDrain &&
      this.#sentBytes < this.#credit &&
      this.#sentSegments - this.#ackedSegments < MAX_IN_FLIGHT
    );
  }

  async #send(segment: StoredSegment): Promise<void> {
    const { call } = this.#options;
    if (segment.seriesBound > this.#definitionsSent) await this.#define(segment.seriesBound);
    if (this.#done.signal.aborted) return;
    call.write({
      type: 'segment',
      lane: segment.lane,
      sequences: { from: segment.sequence, to: segment.sequence + 1 },
      samples: segment.samples,
      crc: segment.crc,
      data: segment.bytes,
      seriesBound: segment.seriesBound,
    });
    this.#sentBytes += segment.bytes.byteLength;
    this.#sentSegments++;
  }

  async #define(bound: number): Promise<void> {
    const definitions = await this.#options.outbox.definitions({ from: this.#definitionsSent, to: bound });
    let first = this.#definitionsSent;
    let chunk: typeof definitions = [];
    let bytes = 0;
    const flush = async (): Promise<void> => {
      await this.#drained();
      if (this.#done.signal.aborted) return;
      this.#options.call.write({ type: 'definitions', first, series: chunk });
      first += chunk.length;
      chunk = [];
      bytes = 0;
    };
    for (const definition of definitions) {
      chunk.push(definition);
      bytes += Buffer.byteLength(definition.path) + Buffer.byteLength(definition.unit);
      if (bytes >= DEFINITIONS_BYTES) await flush();
    }
    if (chunk.length > 0) await flush();
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
