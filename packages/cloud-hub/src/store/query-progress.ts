import type { LoadAnswer } from './sample-files.ts';

/** No view: whoever might have read one is gone. */
export const NO_VIEW = 0;

/** What the query process has told last: how far it is, and of which files. */
export class QueryProgress {
  #loaded = 0;
  #full: readonly number[] = [];
  #viewed = NO_VIEW;
  #oldestView = NO_VIEW;

  /** Id of the last segment that it has loaded. */
  get loaded(): number {
    return this.#loaded;
  }

  /** Queries may still read views from this generation on. */
  get oldestView(): number {
    return this.#oldestView;
  }

  /** Whether it has the view of a generation: with another than the newest it would write what is there already. */
  has(generation: number): boolean {
    return this.#viewed === generation;
  }

  /** The last segment of the first full hot table that goes beyond `through`. */
  fullBeyond(through: number): number | undefined {
    return this.#full.find((end) => end > through);
  }

  /** True if that is news. */
  answered({ loaded, full, oldestView }: LoadAnswer, generation: number): boolean {
    const news = generation !== this.#viewed || full.at(-1) !== this.#full.at(-1) || oldestView !== this.#oldestView;
    this.#loaded = loaded;
    this.#viewed = generation;
    this.#full = full;
    this.#oldestView = oldestView;
    return news;
  }

  /** It has ended. */
  detached(): void {
    this.#viewed = NO_VIEW;
    this.#full = [];
    this.#oldestView = NO_VIEW;
  }
}
