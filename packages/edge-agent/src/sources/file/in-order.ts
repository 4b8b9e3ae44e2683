import type { Columns } from '@sluis/protocol';
import {
  Backoff,
  type CursorMove,
  describeError,
  LONGEST_REFUSAL_MS,
  pause,
  type SourceContext,
  TRIED_AGAIN,
  UnavailableError,
} from '@sluis/plugin-sdk';

interface Write {
  readonly rows: Columns;
  awaited: boolean;
  cursor: CursorMove;
}

export interface InOrderOptions {
  readonly context: SourceContext<unknown>;
  /** What is not kept by then is given up. */
  readonly end: AbortSignal;
  /** {@link InOrder.refusal} has changed, or there is {@link InOrder.room} again for who was told that there is none. */
  changed(): void;
}

/**
 * Writes one after the other, each until the journal has it: cursors must not go back, which a refused write that is
 * repeated after a later one would make them do. Nobody waits for a write: who asks for {@link room} before each one with
 * rows holds no more than two of these. Writes without rows that wait become one.
 */
export class InOrder {
  readonly #options: InOrderOptions;
  /** Behind the one that is under way. */
  readonly #waiting: Write[] = [];
  #running: Promise<void> | undefined;
  /** Something has changed that {@link room} waits for. */
  #change: PromiseWithResolvers<void> = Promise.withResolvers();
  #isAwaited = false;
  #turnedAway = false;
  /** Why rows wait, in words, while the journal takes none. */
  refusal: string | undefined;

  constructor(options: InOrderOptions) {
    this.#options = options;
  }

  write(rows: Columns, { awaited = false, cursor }: { awaited?: boolean; cursor: CursorMove }): void {
    const last = this.#waiting.at(-1);
    if (last && rows.length === 0 && last.rows.length === 0) {
      last.cursor = { ...last.cursor, ...cursor };
      last.awaited ||= awaited;
    } else this.#waiting.push({ rows, awaited, cursor });
    this.#running ??= this.#run();
  }

  /**
   * True when one more may be prepared while one is under way. False while the journal takes none, and while the one under
   * way shares a commit that nobody hurries: who looks at files must not stand still for so long. `changed` is called then.
   */
  async room(): Promise<boolean> {
    while (this.#waiting.length > 0 && this.refusal === undefined) {
      if (!this.#isAwaited) {
        this.#turnedAway = true;
        return false;
      }
      await this.#change.promise;
    }
    return this.refusal === undefined;
  }

  /** Resolves when all is durable, or given up because the source stops. */
  async settled(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) {
      this.#isAwaited = next.awaited;
      this.#changed();
      if (this.#turnedAway) this.#options.changed();
      this.#turnedAway = false;
      await this.#untilKept(next);
    }
    this.#running = undefined;
  }

  async #untilKept({ rows, ...options }: Write): Promise<void> {
    const { context, end } = this.#options;
    const backoff = new Backoff(Math.random, LONGEST_REFUSAL_MS);
    while (!end.aborted) {
      try {
        await before(end, context.write(rows, options));
        if (end.aborted) return;
        if (this.refusal !== undefined) this.#setRefusal(undefined);
        return;
      } catch (error) {
        const refusal = `the journal takes no rows, ${TRIED_AGAIN}: ${describeError(error)}`;
        this.#setRefusal(refusal);
        // Anything else than "not now" is a fault of ours; the rows are kept all the same, and people are told.
        if (!(error instanceof UnavailableError)) context.log.error({ err: error }, refusal);
        await pause(backoff.next(), end);
      }
    }
  }

  #setRefusal(refusal: string | undefined): void {
    this.refusal = refusal;
    this.#changed();
    this.#options.changed();
  }

  #changed(): void {
    this.#change.resolve();
    this.#change = Promise.withResolvers();
  }
}

/** The outcome of the work, or none if the signal is aborted before: a journal that does not answer must not hold up a stop. */
async function before(end: AbortSignal, work: Promise<void>): Promise<void> {
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  const give = (): void => resolve();
  end.addEventListener('abort', give, { once: true });
  try {
    await Promise.race([work, ended]);
  } finally {
    end.removeEventListener('abort', give);
  }
}
