import { describe } from '@sluis/runtime';
import type { StorageClient } from './log/client.ts';

type CommittedOutbox = Pick<StorageClient['outbox'], 'state' | 'definitions' | 'commit'>;

/** What results wait for. */
export interface ResultsWait {
  /** µs since 1970. */
  readonly since: number;
  /** Why the outbox did not take them the last time, in words. */
  readonly reason: string;
}

export interface AnnouncedOutboxOptions {
  readonly outbox: CommittedOutbox;
  /** Called after results were committed. */
  grown(): void;
  /** µs since 1970. */
  now(): number;
}

/** The outbox as streams see it: tells when it has grown, and since when it takes nothing. */
export class AnnouncedOutbox implements CommittedOutbox {
  readonly #options: AnnouncedOutboxOptions;
  /** Null while it takes results. */
  wait: ResultsWait | null = null;

  constructor(options: AnnouncedOutboxOptions) {
    this.#options = options;
  }

  state(): ReturnType<CommittedOutbox['state']> {
    return this.#options.outbox.state();
  }

  definitions(...[ids]: Parameters<CommittedOutbox['definitions']>): ReturnType<CommittedOutbox['definitions']> {
    return this.#options.outbox.definitions(ids);
  }

  async commit(...[commit]: Parameters<CommittedOutbox['commit']>): ReturnType<CommittedOutbox['commit']> {
    const { outbox, grown, now } = this.#options;
    try {
      const sequences = await outbox.commit(commit);
      this.wait = null;
      if (sequences.length > 0) grown();
      return sequences;
    } catch (error) {
      this.wait = { since: this.wait?.since ?? now(), reason: describe(error) };
      throw error;
    }
  }
}
