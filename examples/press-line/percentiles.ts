/** Observations kept; of more, a fair sample of so many. */
const KEPT = 2 ** 18;

/** Percentiles of any number of observations in bounded memory (reservoir sampling, Vitter 1985, algorithm R). */
export class Percentiles {
  readonly #kept = new Float64Array(KEPT);
  #count = 0;

  add(value: number): void {
    const place = this.#count < KEPT ? this.#count : Math.floor(Math.random() * (this.#count + 1));
    if (place < KEPT) this.#kept[place] = value;
    this.#count++;
  }

  /** The smallest observation that `share` of them do not exceed; NaN if there is none. */
  at(share: number): number {
    const sorted = this.#kept.slice(0, Math.min(this.#count, KEPT)).sort();
    return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
  }
}
