import type { ReadRows } from './read-samples.ts';

/**
 * Goes through the rows of a group's files in their order, from run to run: rows of one series that lie together in
 * memory. It holds one row group.
 */
export class GroupCursor implements AsyncDisposable {
  readonly #pieces: AsyncGenerator<ReadRows>;
  readonly #cut: (path: string) => number;
  #run = -1;
  #rows: ReadRows | undefined;
  /** The rows from `at` to before `end` are the run's; there are none any more where `path` is undefined. */
  path: string | undefined;
  at = 0;
  end = 0;

  /** `pieces` in the order of their rows; rows of a series before its `cut` (µs) are passed over. */
  constructor(pieces: AsyncGenerator<ReadRows>, cut: (path: string) => number) {
    this.#pieces = pieces;
    this.#cut = cut;
  }

  get rows(): ReadRows {
    if (!this.#rows) throw new Error('the cursor is at no row');
    return this.#rows;
  }

  /** Time of the row it is at. */
  get time(): number {
    return this.rows.time[this.at];
  }

  /** Goes to the next run that has rows. */
  async next(): Promise<void> {
    for (;;) {
      while (this.#rows && ++this.#run < this.#rows.paths.length) {
        const { paths, starts, length } = this.#rows;
        this.path = paths[this.#run];
        this.at = starts[this.#run];
        this.end = starts[this.#run + 1] ?? length;
        this.at = this.before(this.#cut(this.path));
        if (this.at < this.end) return;
      }
      const piece = await this.#pieces.next();
      this.#rows = piece.value;
      this.#run = -1;
      if (!piece.done) continue;
      this.path = undefined;
      return;
    }
  }

  /** The first row of the run, from `at` on, that is not before a time; the end if there is none. */
  before(time: number): number {
    const times = this.rows.time;
    if (times[this.at] >= time) return this.at;
    let [low, high] = [this.at, this.end];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (times[middle] < time) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pieces.return(undefined);
  }
}
