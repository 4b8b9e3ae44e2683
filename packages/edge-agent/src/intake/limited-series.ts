import { SeriesLimitError } from '@sluis/plugin-sdk';
import { MAX_SOURCE_PATH_BYTES, type SeriesDefinition, SeriesTable } from '@sluis/protocol';

/** Characters of an overlong path that a message shows. */
const SHOWN = 80;

/** The journal's series, bounded: a topic with a random part must not fill the memory. Known series always go on. */
export class LimitedSeries extends SeriesTable {
  readonly #limit: number;
  /** Ids whose definition went with the journal's oldest files name no series, and leave room for others. */
  #named: number;

  constructor(definitions: Iterable<SeriesDefinition>, limit: number) {
    super(definitions);
    this.#limit = limit;
    this.#named = this.slice(0).filter(({ path }) => path !== '').length;
  }

  override intern(path: string, unit = ''): number {
    const known = this.id(path);
    if (known !== undefined) return known;
    if (this.#named >= this.#limit) {
      throw new SeriesLimitError(`"${path}" would be one series more than the limit of ${this.#limit} (limits.series)`);
    }
    if (Buffer.byteLength(path) > MAX_SOURCE_PATH_BYTES) {
      throw new SeriesLimitError(
        `"${path.slice(0, SHOWN)}…" is longer than the ${MAX_SOURCE_PATH_BYTES} bytes that a path may have`,
      );
    }
    if (path.includes('\0'))
      throw new SeriesLimitError(`"${path}" holds the character U+0000, which a path may not have`);
    this.#named++;
    return this.define({ path, unit });
  }
}
