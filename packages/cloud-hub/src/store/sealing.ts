import type { CompactionOptions } from './compaction-options.ts';
import type { QueryProgress } from './query-progress.ts';
import { makesSpace } from './retention-plan.ts';

/** Has hot tables count as full that are not, where nothing more comes to fill them or their rows have to be in files. */
export class Sealing {
  readonly #options: CompactionOptions;
  readonly #progress: QueryProgress;
  /** How far the query process had come when it was last told to seal. */
  #sealedAt: number | undefined;
  /** The last segment when hot rows were last sealed for retention. */
  #sealedForRetention = 0;

  constructor(options: CompactionOptions, progress: QueryProgress) {
    this.#options = options;
    this.#progress = progress;
  }

  /**
   * The query process has all that there is. With `all` of it to come into files, at the bound that keeps more from
   * coming, or on a full disk, a table that is not full must do: rows that are dropped, or were there before, fill none.
   */
  drained({ all }: { all: boolean }): void {
    const { store, maxHotRows, maxHotBytes, writer } = this.#options;
    const enough = all || makesSpace(this.#options) ? 1 : maxHotRows;
    if (store.hotRows < enough && store.hotBytes < maxHotBytes) return;
    if (this.#progress.fullBeyond(store.fileView().through) !== undefined) return;
    // Once: a table that is sealed again is no fuller, and the answer would only bring the next seal.
    if (this.#sealedAt === this.#progress.loaded) return;
    this.#sealedAt = this.#progress.loaded;
    writer.seal();
  }

  /** Rows expire in files alone. */
  forRetention(): void {
    const { store, writer } = this.#options;
    if (store.hotRows === 0 || this.#sealedForRetention === store.lastSegment) return;
    this.#sealedForRetention = store.lastSegment;
    writer.seal();
  }

  /** There is no query process any more: the next has sealed nothing. */
  detached(): void {
    this.#sealedAt = undefined;
  }
}
