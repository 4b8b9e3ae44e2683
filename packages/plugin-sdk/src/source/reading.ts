import { bytesOf } from '@sluis/protocol';
import { SeriesLimitError, type Source, type SourceContext, type SourceState } from '../source.ts';
import { Backoff, describeError, pause, TRIED_AGAIN } from './backoff.ts';
import { HandOver } from './hand-over.ts';
import { EndOfInputError, InvalidInputError, NotConnectedError, type Reader, type Reading } from './reader.ts';

/** For what is under way when the source stops, and for a reader that does not heed its signal. */
const DRAIN_MS = 2_000;
/** After so many invalid inputs in a row reading rests: what is wrong may come without end. */
const MANY_INVALID = 1_000;
const REST_MS = 100;

/**
 * A source of a reader: connects, reads, hands over with the acknowledgement, and again, whatever fails. What is read waits for
 * the journal in memory up to 16 MiB; beyond, nothing is read.
 */
export function reading<Config>(context: SourceContext<Config>, reader: Reader): Source {
  return new ReadingSource(context, reader);
}

/** Between `connect` and `close`. */
interface Connection {
  /** Of this connection and of the source. */
  readonly signal: AbortSignal;
  /** Settles when all that was read is acknowledged, in order. */
  acknowledged: Promise<void>;
  isClosed: boolean;
  fail(error: unknown): void;
}

class ReadingSource<Config> implements Source {
  readonly #context: SourceContext<Config>;
  readonly #reader: Reader;
  readonly #handOver: HandOver<Config>;
  readonly #stop = new AbortController();
  readonly #backoff = new Backoff();
  #running: Promise<void> | undefined;
  #standing: { readonly state: SourceState; readonly detail: string | undefined } | undefined;
  #hasBeenConnected = false;
  /** In a row. */
  #invalid = 0;
  /** Settles when all that was read is kept, or was refused for good. */
  #settled: Promise<unknown> = Promise.resolve();

  constructor(context: SourceContext<Config>, reader: Reader) {
    this.#context = context;
    this.#reader = reader;
    this.#handOver = new HandOver({ context, recovered: () => this.#showStanding() });
  }

  async start(): Promise<void> {
    this.#running = this.#run();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    this.#handOver.close();
    const lost = await this.#handOver.drain(DRAIN_MS);
    if (this.#running) await within(DRAIN_MS, this.#running);
    if (lost > 0) this.#context.reject('stopped before durable', lost);
    this.#context.state('stopped');
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      const ended = await this.#connection();
      if (signal.aborted) return;
      if (ended instanceof EndOfInputError) return this.#stand('stopped', ended.message);
      this.#showOutage(ended);
      await pause(this.#backoff.next(), signal);
    }
  }

  /** One connection, from its beginning to its end: why it ended. */
  async #connection(): Promise<unknown> {
    const end = new AbortController();
    const { signal: stop } = this.#stop;
    const connection: Connection = {
      signal: AbortSignal.any([stop, end.signal]),
      acknowledged: Promise.resolve(),
      isClosed: false,
      fail: (error) => end.abort(error),
    };
    const ended = await this.#readAll(connection);
    // What was read is still to be acknowledged, unless there is nobody any more to tell.
    if (stop.aborted) await within(DRAIN_MS, connection.acknowledged);
    else if (ended instanceof EndOfInputError) await untilAborted(this.#allSettled(connection), stop);
    connection.isClosed = true;
    try {
      await this.#reader.close();
    } catch (error) {
      this.#context.log.warn({ err: error }, `${this.#context.name} could not be closed: ${describeError(error)}`);
    }
    return ended;
  }

  async #readAll(connection: Connection): Promise<unknown> {
    const { signal } = connection;
    try {
      await untilAborted(this.#reader.connect(signal), signal);
      this.#hasBeenConnected = true;
      const { from } = this.#reader;
      this.#stand('running', from === undefined ? undefined : `reading ${from}`);
      for (;;) {
        await this.#handOver.room();
        signal.throwIfAborted();
        await this.#readOnce(connection);
        // A reader that always has something must not keep others from their turn.
        await new Promise<void>((resolve) => setImmediate(resolve));
      }
    } catch (error) {
      return error;
    }
  }

  async #readOnce(connection: Connection): Promise<void> {
    const { signal } = connection;
    try {
      const read = await untilAborted(this.#reader.read(signal), signal);
      this.#invalid = 0;
      this.#backoff.reset();
      this.#handOn(read, connection);
    } catch (error) {
      const invalid = invalidOf(error);
      if (!invalid) throw error;
      this.#context.reject(invalid.message, invalid.count, invalid.example);
      if (++this.#invalid % MANY_INVALID === 0) await pause(REST_MS, signal);
    }
  }

  #handOn(read: Reading, connection: Connection): void {
    const { rows, cursor } = read;
    const batch = {
      bytes: bytesOf(rows),
      awaited: read.acknowledge !== undefined,
      cursor,
      alone: cursor !== undefined,
    };
    if (!read.acknowledge) {
      this.#settled = this.#handOver.add(rows, batch);
      return;
    }
    const kept = this.#handOver.offer(rows, batch);
    this.#settled = kept;
    connection.acknowledged = this.#acknowledge(read, { kept, after: connection.acknowledged, connection });
  }

  /** Never rejects: what fails ends the connection. */
  async #acknowledge(
    read: Reading,
    { kept, after, connection }: { kept: Promise<boolean>; after: Promise<void>; connection: Connection },
  ): Promise<void> {
    const isKept = await kept;
    await after;
    if (connection.isClosed) return;
    try {
      await read.acknowledge?.(isKept);
    } catch (error) {
      connection.fail(error);
    }
  }

  async #allSettled(connection: Connection): Promise<void> {
    await this.#settled;
    await connection.acknowledged;
  }

  #showOutage(error: unknown): void {
    const isExpected = error instanceof NotConnectedError;
    const detail = `${describeError(error)}, ${TRIED_AGAIN}`;
    if (!isExpected) this.#context.log.error({ err: error }, `${this.#context.name} failed: ${detail}`);
    this.#stand(isExpected && !this.#hasBeenConnected ? 'waiting' : 'degraded', detail);
  }

  #stand(state: SourceState, detail: string | undefined): void {
    this.#standing = { state, detail };
    this.#showStanding();
  }

  #showStanding(): void {
    if (this.#standing) this.#context.state(this.#standing.state, this.#standing.detail);
  }
}

/** To a reader that does not look at limits itself, one that is reached is as input of which it can make nothing. */
function invalidOf(error: unknown): InvalidInputError | undefined {
  if (error instanceof InvalidInputError) return error;
  if (error instanceof SeriesLimitError) return new InvalidInputError('series limit', { example: error.message });
  return undefined;
}

/** Rejects with the signal's reason if it is aborted first; the work then goes on unheeded. */
async function untilAborted<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  const aborted = Promise.withResolvers<never>();
  const abort = (): void => aborted.reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  if (signal.aborted) abort();
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

async function within(ms: number, work: Promise<void>): Promise<void> {
  const done = new AbortController();
  await Promise.race([work.finally(() => done.abort()), pause(ms, done.signal)]);
}
