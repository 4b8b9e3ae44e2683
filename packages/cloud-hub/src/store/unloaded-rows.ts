interface Waiting {
  readonly id: number;
  readonly samples: number;
}

/** How many rows of segments that were committed the query process has not loaded. */
export class UnloadedRows {
  /** In the order of commits. */
  #waiting: Waiting[] = [];
  #count = 0;

  get count(): number {
    return this.#count;
  }

  committed(segments: readonly Waiting[]): void {
    for (const { id, samples } of segments) {
      this.#waiting.push({ id, samples });
      this.#count += samples;
    }
  }

  /** All up to the segment `id` is loaded. */
  loaded(id: number): void {
    let done = 0;
    while (done < this.#waiting.length && this.#waiting[done].id <= id) this.#count -= this.#waiting[done++].samples;
    if (done > 0) this.#waiting.splice(0, done);
  }
}
