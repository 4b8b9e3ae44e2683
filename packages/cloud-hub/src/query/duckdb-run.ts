import { AnswerError } from './answer-error.ts';
import type { DuckDBConnection, DuckDBDataChunk, DuckDBInstance } from '@duckdb/node-api';

const INTERRUPT_MS = 20;

/**
 * One query's use of DuckDB: a connection of its own, interrupted when the client goes away or when DuckDB has worked
 * on it for longer than its limit. The time that a client takes to read does not count.
 */
export class DuckDBRun implements Disposable {
  readonly #connection: DuckDBConnection;
  readonly #signal: AbortSignal;
  readonly #timeMs: number;
  #spentMs = 0;

  private constructor(options: { connection: DuckDBConnection; signal: AbortSignal; timeMs: number }) {
    this.#connection = options.connection;
    this.#signal = options.signal;
    this.#timeMs = options.timeMs;
  }

  static async begin(options: { instance: DuckDBInstance; signal: AbortSignal; timeMs: number }): Promise<DuckDBRun> {
    return new DuckDBRun({ ...options, connection: await options.instance.connect() });
  }

  [Symbol.dispose](): void {
    this.#connection.closeSync();
  }

  /** Chunks of a result as they come. The rows that there were when this resolves are the rows that it reads. */
  async stream(sql: string): Promise<AsyncGenerator<DuckDBDataChunk>> {
    const result = await this.#within(() => this.#connection.stream(sql));
    const fetch = () => this.#within(() => result.fetchChunk());
    return (async function* chunks() {
      for (let chunk = await fetch(); chunk && chunk.rowCount > 0; chunk = await fetch()) yield chunk;
    })();
  }

  async run(sql: string): Promise<void> {
    await this.#within(() => this.#connection.run(sql));
  }

  async #within<T>(work: () => Promise<T>): Promise<T> {
    this.#signal.throwIfAborted();
    const began = performance.now();
    // Again and again: an interrupt that comes before DuckDB has begun is lost.
    let interrupting: NodeJS.Timeout | undefined;
    const interrupt = (): void => {
      interrupting ??= setInterval(() => this.#connection.interrupt(), INTERRUPT_MS);
    };
    const timer = setTimeout(interrupt, Math.max(0, this.#timeMs - this.#spentMs));
    this.#signal.addEventListener('abort', interrupt, { once: true });
    try {
      return await work();
    } catch (cause) {
      this.#signal.throwIfAborted();
      if (interrupting) throw tooLong(this.#timeMs, cause);
      throw new AnswerError({
        status: 500,
        code: 'query-failed',
        message: 'the hub could not run this query',
        hint: 'narrow the times with from and to; the log of the hub says more',
        cause,
      });
    } finally {
      clearTimeout(timer);
      clearInterval(interrupting);
      this.#signal.removeEventListener('abort', interrupt);
      this.#spentMs += performance.now() - began;
    }
  }
}

function tooLong(timeMs: number, cause: unknown): AnswerError {
  return new AnswerError({
    status: 503,
    code: 'time-limit',
    message: `the query took longer than ${timeMs / 1000} s`,
    hint: 'narrow the times with from and to, or ask for an aggregate with longer windows',
    cause,
  });
}
