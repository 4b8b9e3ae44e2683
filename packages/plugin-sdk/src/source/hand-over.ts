import { type Columns, letGoOfRows } from '@sluis/protocol';
import { type CursorMove, type SourceContext, UnavailableError } from '../source.ts';
import { Backoff, describeError, LONGEST_REFUSAL_MS, pause, TRIED_AGAIN } from './backoff.ts';

/** Rows handed over or waiting to be, in bytes. Beyond it a source reads no more from its machines. */
const MAX_BYTES = 16 << 20;
/** What a batch takes beside its rows: it bounds the number of small batches. */
const BATCH_BYTES = 512;
/** Above this share of the bound machines are about to be held up: commits are then asked for at once. */
const PRESSED_SHARE = 0.25;

export interface HandOverBatch {
  /** What the rows take, in memory or for who sent them: it counts to the bound. */
  readonly bytes: number;
  /** Somebody waits for the acknowledgement. */
  readonly awaited: boolean;
  /** Commits with the rows. */
  readonly cursor?: CursorMove | undefined;
  /** Goes alone: after all before it, and before all after it. For cursors that must not go back. */
  readonly alone?: boolean;
}

interface Batch extends HandOverBatch {
  readonly rows: Columns;
  /** It is not handed over again when it is refused. */
  readonly once: boolean;
  state: 'waiting' | 'sent' | 'durable' | 'refused';
  resolve(kept: boolean): void;
}

export interface HandOverOptions<Config> {
  readonly context: SourceContext<Config>;
  /** Rows are taken again after they were refused: the source says what state it is in now. */
  recovered(): void;
}

/**
 * Hands rows to the journal until it has them: for sources that hold what they read, because nobody can repeat it or
 * because a repeat costs more.
 *
 * Many batches are under way at once. When one is refused, those behind it wait; once all that are under way are settled,
 * the refused ones go again, in order, after a pause that grows. Batches are reported durable in the order of `add`.
 */
export class HandOver<Config> implements Disposable {
  readonly #context: SourceContext<Config>;
  readonly #recovered: () => void;
  readonly #stop = new AbortController();
  readonly #backoff = new Backoff(Math.random, LONGEST_REFUSAL_MS);
  /** In order of `add`; those before `#first` are done, and none from `#unsent` on is under way. */
  #batches: Batch[] = [];
  #first = 0;
  #unsent = 0;
  #bytes = 0;
  #underWay = 0;
  /** What is under way goes alone. */
  #isAlone = false;
  /** Why batches wait, if they do. */
  #refusal: { readonly error: unknown } | undefined;
  #refused = false;
  #closing = false;
  #room: PromiseWithResolvers<void> | undefined;
  #idle: PromiseWithResolvers<void> | undefined;

  constructor({ context, recovered }: HandOverOptions<Config>) {
    this.#context = context;
    this.#recovered = recovered;
  }

  get full(): boolean {
    return this.#bytes >= MAX_BYTES;
  }

  /** Resolves when less than the bound is under way: wait for it before reading more. */
  async room(): Promise<void> {
    while (this.full && !this.#closing) {
      this.#room ??= Promise.withResolvers();
      await this.#room.promise;
    }
  }

  /**
   * Resolves when the rows are durable, and all that were added before are settled. Never rejects; what was not durable at
   * disposal never resolves. The rows' memory is the hand-over's from here on, and given back once they are durable. When
   * batches were refused, one cursor may be moved by an earlier batch after a later one, unless they go alone.
   */
  async add(rows: Columns, batch: HandOverBatch): Promise<void> {
    await this.#push(rows, batch, { once: false });
  }

  /** As `add`, for rows that can be repeated by who sent them: false if they were refused, and are not kept. */
  offer(rows: Columns, batch: HandOverBatch): Promise<boolean> {
    return this.#push(rows, batch, { once: true });
  }

  #push(rows: Columns, batch: HandOverBatch, { once }: { once: boolean }): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const state = rows.length > 0 || batch.cursor ? 'waiting' : 'durable';
    const bytes = batch.bytes + BATCH_BYTES;
    this.#batches.push({ ...batch, rows, bytes, once, state, resolve });
    this.#bytes += bytes;
    if (state === 'durable') this.#settle();
    this.#send();
    return promise;
  }

  /** Nothing more will be read: who waits for room need not. */
  close(): void {
    this.#closing = true;
    this.#room?.resolve();
  }

  /** Waits up to `withinMs` until all is durable, and gives up the rest: the number of rows that were not. */
  async drain(withinMs: number): Promise<number> {
    if (this.#first < this.#batches.length) {
      this.#idle ??= Promise.withResolvers();
      await Promise.race([this.#idle.promise, pause(withinMs, this.#stop.signal)]);
    }
    const givenUp = this.#batches.slice(this.#first).reduce((sum, { rows, state }) => {
      return sum + (state === 'durable' || state === 'refused' ? 0 : rows.length);
    }, 0);
    this[Symbol.dispose]();
    return givenUp;
  }

  [Symbol.dispose](): void {
    this.#stop.abort();
    this.close();
    this.#idle?.resolve();
  }

  /** Sends what waits, in order, as far as it may go. */
  #send(): void {
    while (!this.#refusal && this.#unsent < this.#batches.length) {
      const batch = this.#batches[this.#unsent];
      if (this.#underWay > 0 && (batch.alone || this.#isAlone)) return;
      this.#unsent++;
      if (batch.state !== 'waiting') continue;
      this.#isAlone = batch.alone ?? false;
      void this.#write(batch);
    }
  }

  async #write(batch: Batch): Promise<void> {
    batch.state = 'sent';
    this.#underWay++;
    try {
      const { rows, awaited, cursor, alone } = batch;
      const isWaitedFor = (alone ?? false) && this.#unsent < this.#batches.length;
      const pressed = isWaitedFor || this.#bytes > MAX_BYTES * PRESSED_SHARE;
      await this.#context.write(rows, { awaited: awaited || pressed, ...(cursor && { cursor }) });
      batch.state = 'durable';
      letGoOfRows(rows);
    } catch (error) {
      batch.state = batch.once ? 'refused' : 'waiting';
      this.#refusal ??= { error };
    }
    this.#underWay--;
    if (batch.state !== 'waiting') this.#settle();
    if (this.#refusal) {
      if (this.#underWay === 0) void this.#retry(this.#refusal.error);
      return;
    }
    this.#succeeded();
    this.#send();
  }

  #succeeded(): void {
    if (!this.#refused) return;
    this.#refused = false;
    this.#backoff.reset();
    this.#recovered();
  }

  async #retry(error: unknown): Promise<void> {
    const waiting = `the journal takes no rows, ${TRIED_AGAIN}: ${describeError(error)}`;
    this.#refused = true;
    this.#context.state('degraded', waiting);
    // Anything else than "not now" is a fault of ours; the rows are kept all the same, and people are told.
    if (!(error instanceof UnavailableError)) this.#context.log.error({ err: error }, waiting);
    await pause(this.#backoff.next(), this.#stop.signal);
    if (this.#stop.signal.aborted) return;
    this.#refusal = undefined;
    this.#unsent = this.#first;
    this.#send();
  }

  /** Lets go of the batches at the head that are durable or were refused for good. */
  #settle(): void {
    const wasFull = this.full;
    while (this.#first < this.#batches.length) {
      const { bytes, state, resolve } = this.#batches[this.#first];
      if (state !== 'durable' && state !== 'refused') break;
      this.#first++;
      this.#bytes -= bytes;
      resolve(state === 'durable');
    }
    this.#unsent = Math.max(this.#unsent, this.#first);
    if (this.#first * 2 > this.#batches.length) {
      this.#batches = this.#batches.slice(this.#first);
      this.#unsent -= this.#first;
      this.#first = 0;
    }
    if (this.#batches.length === 0) this.#idle?.resolve();
    if (wasFull && !this.full) {
      this.#room?.resolve();
      this.#room = undefined;
    }
  }
}
