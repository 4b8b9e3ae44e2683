import type { CompactionOptions } from './compaction-options.ts';
import { NO_VIEW, type QueryProgress } from './query-progress.ts';

/** How often it is looked whether queries have let go of files that were replaced. */
const UNLINK_POLL_MS = 1_000;

/** Files that the newest view does not name any more. */
interface Replaced {
  readonly names: readonly string[];
  /** The view of this generation is the first without them. */
  readonly generation: number;
}

/** What others have taken the place of: segments that are in files, and files that nobody may read any more. */
export class ReplacedFiles implements Disposable {
  readonly #options: CompactionOptions;
  readonly #progress: QueryProgress;
  #files: Replaced[] = [];
  /** Segments that are in files may still have rows. */
  #hasSegments = true;
  #polling: NodeJS.Timeout | undefined;

  constructor(options: CompactionOptions, progress: QueryProgress) {
    this.#options = options;
    this.#progress = progress;
  }

  get areGone(): boolean {
    return this.#files.length === 0;
  }

  add(names: readonly string[], generation: number): void {
    if (names.length > 0) this.#files.push({ names, generation });
  }

  /** Segments have come to be in files. */
  addSegments(): void {
    this.#hasSegments = true;
  }

  /** There is no query process any more: nobody reads what was replaced up to now. */
  detached(): void {
    this.#files = this.#files.map(({ names }) => ({ names, generation: NO_VIEW }));
  }

  /** Removes some of what nobody reads; false if that is all for now. */
  async clear(): Promise<boolean> {
    const { store, commit, writer, folder } = this.#options;
    if (this.#hasSegments) {
      this.#hasSegments = (await commit(() => store.discardSegments())) > 0;
      return true;
    }
    const free = this.#files.filter(({ generation }) => generation <= this.#progress.oldestView);
    for (const entry of free) {
      await folder.remove(entry.names);
      this.#files = this.#files.filter((other) => other !== entry);
    }
    if (this.areGone) {
      clearInterval(this.#polling);
      this.#polling = undefined;
    } else {
      this.#polling ??= setInterval(() => writer.ask(), UNLINK_POLL_MS);
    }
    return false;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#polling);
  }
}
