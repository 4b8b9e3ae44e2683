/** What waits to be loaded should be so within this time. */
const LOAD_MS = 300;
/** Rows that may wait however slowly it goes: less than a request's own cost, and so little that nobody notices. */
const LEAST_ROWS = 100_000;
/** And however fast it seems to go. */
const MOST_ROWS = 1_000_000;
/** How much the latest load counts in what is known of the pace. */
const LEARNING = 0.3;

interface Waiting {
  readonly id: number;
  readonly samples: number;
}

/**
 * How many rows of segments that were committed the query process has not loaded, and how many it should have to load.
 * Whatever is committed now is seen when these are loaded; how long that takes is its pace, which follows from what else
 * it does. Times in ms.
 */
export class UnloadedRows {
  /** In the order of commits. */
  #waiting: Waiting[] = [];
  #count = 0;
  /** Rows per ms, while there are some. */
  #pace = MOST_ROWS / LOAD_MS;
  /** Since when the process is at what it loads now. */
  #since = 0;

  get count(): number {
    return this.#count;
  }

  /** As many as are loaded soon. */
  get bound(): number {
    return Math.min(MOST_ROWS, Math.max(LEAST_ROWS, Math.round(this.#pace * LOAD_MS)));
  }

  committed(segments: readonly Waiting[], now: number): void {
    if (this.#waiting.length === 0) this.#since = now;
    for (const { id, samples } of segments) {
      this.#waiting.push({ id, samples });
      this.#count += samples;
    }
  }

  /** All up to the segment `id` is loaded. */
  loaded(id: number, now: number): void {
    let done = 0;
    let rows = 0;
    while (done < this.#waiting.length && this.#waiting[done].id <= id) rows += this.#waiting[done++].samples;
    if (done === 0) return;
    this.#waiting.splice(0, done);
    this.#count -= rows;
    this.#pace += (rows / Math.max(1, now - this.#since) - this.#pace) * LEARNING;
    this.#since = now;
  }
}
