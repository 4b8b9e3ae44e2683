import type { DuckDBConnection, DuckDBDataChunk, DuckDBInstance, DuckDBValue } from '@duckdb/node-api';
import { AnswerError } from './answer-error.ts';
import { countSeries, nameSeries } from './series-tables.ts';

const INTERRUPT_MS = 20;
/** Held at once: some MB, and some ms to make text of. */
export const FEW_ROWS = 100_000;
/** Code of the error for what DuckDB could not do. */
export const QUERY_FAILED = 'query-failed';

interface RunOptions {
  readonly signal: AbortSignal;
  /** Undefined for what may take its time. */
  readonly timeMs?: number;
}

/**
 * One query's use of DuckDB: a connection of its own, interrupted when the client goes away or when DuckDB has worked
 * on it for longer than its limit. The time that a client takes to read does not count.
 */
export class DuckDBRun implements Disposable {
  readonly #connection: DuckDBConnection;
  readonly #signal: AbortSignal;
  readonly #timeMs: number | undefined;
  #spentMs = 0;

  private constructor(options: RunOptions & { readonly connection: DuckDBConnection }) {
    this.#connection = options.connection;
    this.#signal = options.signal;
    this.#timeMs = options.timeMs;
  }

  static async begin(options: RunOptions & { readonly instance: DuckDBInstance }): Promise<DuckDBRun> {
    return new DuckDBRun({ ...options, connection: await options.instance.connect() });
  }

  throwIfAborted(): void {
    this.#signal.throwIfAborted();
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

  /**
   * Like {@link stream}, for a result that has few rows as far as is known. It is then made and fetched in one step: each
   * chunk of a stream waits for a thread and for its turn in this one, which together take longer than DuckDB itself.
   * `sql` is a SELECT without a limit. Of a result that has more rows than may be held at once, none is used.
   */
  async few(sql: string): Promise<AsyncGenerator<DuckDBDataChunk>> {
    const result = await this.#within(() => this.#connection.run(`${sql} LIMIT ${FEW_ROWS + 1}`));
    if (result.rowCount > FEW_ROWS) return this.stream(sql);
    return (async function* chunks() {
      for (let i = 0; i < result.chunkCount; i++) yield result.getChunk(i);
    })();
  }

  async run(sql: string): Promise<void> {
    await this.#within(() => this.#connection.run(sql));
  }

  /** All rows of a small result. */
  async rows(sql: string): Promise<DuckDBValue[][]> {
    const reader = await this.#within(() => this.#connection.runAndReadAll(sql));
    return reader.getRows();
  }

  /** See {@link nameSeries}: the table is this run's alone. */
  async nameSeries(table: string, series: Iterable<readonly [id: number, path: string]>): Promise<void> {
    await this.#within(() => nameSeries(this.#connection, table, series));
  }

  /** See {@link countSeries}: the table is this run's alone. */
  async countSeries(table: string, series: Iterable<readonly [id: number, path: string, cut: number]>): Promise<void> {
    await this.#within(() => countSeries(this.#connection, table, series));
  }

  async #within<T>(work: () => Promise<T>): Promise<T> {
    this.#signal.throwIfAborted();
    const began = performance.now();
    // Again and again: an interrupt that comes before DuckDB has begun is lost.
    let interrupting: NodeJS.Timeout | undefined;
    const interrupt = (): void => {
      interrupting ??= setInterval(() => this.#connection.interrupt(), INTERRUPT_MS);
    };
    const timeMs = this.#timeMs;
    const timer = timeMs === undefined ? undefined : setTimeout(interrupt, Math.max(0, timeMs - this.#spentMs));
    this.#signal.addEventListener('abort', interrupt, { once: true });
    try {
      return await work();
    } catch (cause) {
      this.#signal.throwIfAborted();
      if (interrupting && timeMs !== undefined) throw tooLong(timeMs, cause);
      throw new AnswerError({
        status: 500,
        code: QUERY_FAILED,
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
