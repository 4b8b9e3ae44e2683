import type { Columns } from '@sluis/protocol';
import { type SourceContext, UnavailableError } from '@sluis/plugin-sdk';
import { Backoff, describe, LONGEST_REFUSAL_MS, pause, TRIED_AGAIN } from '../backoff.ts';

type Write = Parameters<SourceContext<unknown>['write']>[1];

export interface InOrderOptions {
  readonly context: SourceContext<unknown>;
  /** What is not kept by then is given up. */
  readonly end: AbortSignal;
  /** {@link InOrder.refusal} has changed. */
  changed(): void;
}

/**
 * Writes one after the other, each until the journal has it: cursors must not go back, which a refused write that is
 * repeated after a later one would make them do. One is under way while the next is prepared.
 */
export class InOrder {
  readonly #options: InOrderOptions;
  #underWay: Promise<void> = Promise.resolve();
  /** Why rows wait, in words, while the journal takes none. */
  refusal: string | undefined;

  constructor(options: InOrderOptions) {
    this.#options = options;
  }

  /** Resolves when the write before is durable: one more may be prepared then. */
  async write(rows: Columns, options: Write): Promise<void> {
    await this.#underWay;
    this.#underWay = this.#untilKept(rows, options);
  }

  /** Resolves when all is durable, or given up because the source stops. */
  async settled(): Promise<void> {
    await this.#underWay;
  }

  async #untilKept(rows: Columns, options: Write): Promise<void> {
    const { context, end, changed } = this.#options;
    const backoff = new Backoff(Math.random, LONGEST_REFUSAL_MS);
    while (!end.aborted) {
      try {
        await context.write(rows, options);
        if (this.refusal === undefined) return;
        this.refusal = undefined;
        return changed();
      } catch (error) {
        this.refusal = `the journal takes no rows, ${TRIED_AGAIN}: ${describe(error)}`;
        changed();
        // Anything else than "not now" is a fault of ours; the rows are kept all the same, and people are told.
        if (!(error instanceof UnavailableError)) context.log.error({ err: error }, this.refusal);
        await pause(backoff.next(), end);
      }
    }
  }
}
