import { SeriesLimitError } from '@sluis/plugin-sdk';
import { MAX_SOURCE_PATH_BYTES, type SeriesDefinition, SeriesTable } from '@sluis/protocol';

/** Characters of an overlong path that a message shows. */
const SHOWN = 80;

export interface SeriesLimits {
  readonly series: number;
  /** UTF-8 bytes of all paths together. */
  readonly paths: number;
}

/** The journal's series, bounded: a topic with a random part must not fill the memory. Known series always go on. */
export class LimitedSeries extends SeriesTable {
  readonly #limits: SeriesLimits;
  /** Ids whose definition went with the journal's oldest files name no series, and leave room for others. */
  #named: number;

  constructor(definitions: Iterable<SeriesDefinition>, limits: SeriesLimits) {
    super(definitions);
    this.#limits = limits;
    this.#named = this.slice(0).filter(({ path }) => path !== '').length;
  }

  override intern(path: string, unit = ''): number {
    const known = this.id(path);
    if (known !== undefined) return known;
    const { series, paths } = this.#limits;
    if (this.#named >= series) {
      throw new SeriesLimitError(`"${path}" would be one series more than the limit of ${series} (limits.series)`);
    }
    const bytes = Buffer.byteLength(path);
    if (bytes > MAX_SOURCE_PATH_BYTES) {
      throw new SeriesLimitError(
        `"${path.slice(0, SHOWN)}…" is longer than the ${MAX_SOURCE_PATH_BYTES} bytes that a path may have`,
      );
    }
    if (this.pathBytes + bytes > paths) {
      throw new SeriesLimitError(`"${path}" would take the paths of all series beyond ${paths} bytes (limits.paths)`);
    }
    if (path.includes('\0'))
      throw new SeriesLimitError(`"${path}" holds the character U+0000, which a path may not have`);
    this.#named++;
    return this.define({ path, unit });
  }
}
