import { type Columns, letGoOfRows } from '@sluis/protocol';
import { type CursorMove, type SourceContext, UnavailableError } from '../source.ts';
import { Backoff, describeError, LONGEST_REFUSAL_MS, pause, TRIED_AGAIN } from './backoff.ts';

/** Rows handed over or waiting to be, in bytes. Beyond it a source reads no more from its machines. */
const MAX_BYTES = 16 << 20;
/** What a batch takes beside its rows: it bounds the number of small batches. */
const BATCH_BYTES = 512;
/** Above this share of the bound machines are about to be held up: commits are then asked for at once. */
const PRESSED_SHARE = 0.25;

interface Batch {
  readonly rows: Columns;
  readonly cursor: CursorMove | undefined;
  readonly bytes: number;
  readonly awaited: boolean;
  state: 'waiting' | 'sent' | 'durable';
  resolve(): void;
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
  /** In order of `add`; those before `#first` are done. */
  #batches: Batch[] = [];
  #first = 0;
  #bytes = 0;
  #underWay = 0;
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
   * Resolves when the rows are durable, and all that were added before. Never rejects; what was not durable at disposal
   * never resolves. The rows' memory is the hand-over's from here on, and given back once they are durable.
   * `bytes`: what the rows take, `awaited`: somebody waits for the acknowledgement, `cursor`: commits with
   * the rows. When batches were refused, one cursor may be moved by an earlier batch after a later one.
   */
  add(
    rows: Columns,
    { bytes, awaited, cursor }: { bytes: number; awaited: boolean; cursor?: CursorMove | undefined },
  ): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const state = rows.length > 0 || cursor ? 'waiting' : 'durable';
    const batch: Batch = { rows, cursor, bytes: bytes + BATCH_BYTES, awaited, state, resolve };
    this.#batches.push(batch);
    this.#bytes += batch.bytes;
    if (state === 'durable') this.#settle();
    else if (!this.#refusal) void this.#write(batch);
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
      return sum + (state === 'durable' ? 0 : rows.length);
    }, 0);
    this[Symbol.dispose]();
    return givenUp;
  }

  [Symbol.dispose](): void {
    this.#stop.abort();
    this.close();
    this.#idle?.resolve();
  }

  async #write(batch: Batch): Promise<void> {
    batch.state = 'sent';
    this.#underWay++;
    try {
      const pressed = this.#bytes > MAX_BYTES * PRESSED_SHARE;
      const { rows, awaited, cursor } = batch;
      await this.#context.write(rows, { awaited: awaited || pressed, ...(cursor && { cursor }) });
      batch.state = 'durable';
      letGoOfRows(rows);
    } catch (error) {
      batch.state = 'waiting';
      this.#refusal ??= { error };
    }
    this.#underWay--;
    if (batch.state === 'durable') this.#settle();
    if (!this.#refusal) this.#succeeded();
    else if (this.#underWay === 0) void this.#retry(this.#refusal.error);
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
    for (const batch of this.#batches.slice(this.#first)) {
      if (batch.state === 'waiting') void this.#write(batch);
    }
  }

  /** Lets go of the durable batches at the head. */
  #settle(): void {
    const wasFull = this.full;
    while (this.#first < this.#batches.length && this.#batches[this.#first].state === 'durable') {
      const { bytes, resolve } = this.#batches[this.#first++];
      this.#bytes -= bytes;
      resolve();
    }
    if (this.#first * 2 > this.#batches.length) {
      this.#batches = this.#batches.slice(this.#first);
      this.#first = 0;
    }
    if (this.#batches.length === 0) this.#idle?.resolve();
    if (wasFull && !this.full) {
      this.#room?.resolve();
      this.#room = undefined;
    }
  }
}
