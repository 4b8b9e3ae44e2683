import { RangeSet } from '@sluis/protocol';
import type { Remote } from '@sluis/runtime';
import type { Journal } from '../log/log.ts';
import type { Entry } from './repeats.ts';
import type { Slot } from './slot.ts';

/** What of the journal its readers need. */
export interface ReadLimits {
  /** All runs have passed this. */
  readonly passed: number;
  /** What comes after it no stream has processed. */
  readonly after: number;
  /** What comes up to it no stream that runs will read again. */
  readonly upTo: number;
}

/**
 * Entries that streams give up so that the journal has room for newer ones. While it is found out which, nobody may process
 * an entry or start a stream again: what is counted as shed has led to no result, and leads to none.
 */
export class GivenUp {
  readonly #journal: Pick<Remote<Journal>, 'shed' | 'forsake'>;
  readonly #sources: readonly string[];
  /** Entries of these sources that are gone from the journal, though they may still be in hand. */
  #gone = new RangeSet();
  #giving: Promise<void> | undefined;

  constructor(journal: Pick<Remote<Journal>, 'shed' | 'forsake'>, sources: readonly string[]) {
    this.#journal = journal;
    this.#sources = sources;
  }

  /** Settled once it is known what is given up; undefined already. */
  get giving(): Promise<void> | undefined {
    return this.#giving;
  }

  isGone({ sequence, source }: Entry): boolean {
    return this.#gone.has(sequence) && this.#sources.includes(source);
  }

  /** The oldest that no stream has processed, for so many bytes; before those what only a faulted stream would read. */
  async shed(bytes: number, { passed, after, upTo }: ReadLimits): Promise<void> {
    await this.#give(async () => {
      const through = await this.#journal.shed({ sources: this.#sources, after, upTo, bytes });
      this.#gone = new RangeSet(this.#gone.ranges.filter(({ to }) => to > passed));
      this.#gone.add({ from: after + 1, to: through + 1 });
    });
  }

  /** What only these streams, which have faulted, would read again. False if there is no such thing. */
  forsake(bytes: number, faulted: readonly Slot[], { upTo }: ReadLimits): Promise<boolean> {
    const streams = faulted.map(({ name, through, declaration }) => {
      return { name, after: through, sources: declaration.from };
    });
    return this.#give(() => this.#journal.forsake({ streams, upTo, bytes }));
  }

  async #give<T>(work: () => Promise<T>): Promise<T> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#giving = promise;
    try {
      return await work();
    } finally {
      this.#giving = undefined;
      resolve();
    }
  }
}
