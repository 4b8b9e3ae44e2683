import { SeriesLimitError } from '@sluis/plugin-sdk';
import { SeriesTable, type SeriesDefinition } from '@sluis/protocol';

/** The journal's series, bounded: a topic with a random part must not fill the memory. Known series always go on. */
export class LimitedSeries extends SeriesTable {
  readonly #limit: number;

  constructor(definitions: Iterable<SeriesDefinition>, limit: number) {
    super(definitions);
    this.#limit = limit;
  }

  override intern(path: string, unit = ''): number {
    const known = this.id(path);
    if (known !== undefined) return known;
    if (this.size >= this.#limit) {
      throw new SeriesLimitError(`"${path}" would be one series more than the limit of ${this.#limit} (limits.series)`);
    }
    return this.define({ path, unit });
  }
}
