import { SeriesLimitError } from '@sluis/plugin-sdk';
import { type SeriesDefinition, SeriesTable } from '@sluis/protocol';

/**
 * The journal's series as one source reaches them: it may add so many, so that one that invents paths leaves room for the
 * others. What is known goes on, whichever source it came from. How many it has added commits with its rows, as a cursor
 * that sources do not see: a restart does not give it all of them again.
 */
export class SourceSeries extends SeriesTable {
  readonly #source: string;
  readonly #all: SeriesTable;
  readonly #most: number;
  #added: number;

  /** `added`: as the journal has it. */
  constructor({ source, all, most, added }: { source: string; all: SeriesTable; most: number; added: number }) {
    super();
    this.#source = source;
    this.#all = all;
    this.#most = most;
    this.#added = added;
  }

  get added(): number {
    return this.#added;
  }

  override get size(): number {
    return this.#all.size;
  }

  override get pathBytes(): number {
    return this.#all.pathBytes;
  }

  override intern(path: string, unit = ''): number {
    const known = this.#all.id(path);
    if (known !== undefined) return known;
    if (this.#added >= this.#most) {
      const limit = `sources.${this.#source}.maxSeries`;
      throw new SeriesLimitError(`"${path}" would be one series more than the ${this.#most} of this source (${limit})`);
    }
    const id = this.#all.intern(path, unit);
    this.#added++;
    return id;
  }

  override id(path: string): number | undefined {
    return this.#all.id(path);
  }

  override definition(id: number): SeriesDefinition {
    return this.#all.definition(id);
  }

  override slice(from: number, to?: number): SeriesDefinition[] {
    return this.#all.slice(from, to);
  }

  override define(definition: SeriesDefinition): number {
    return this.#all.define(definition);
  }
}
