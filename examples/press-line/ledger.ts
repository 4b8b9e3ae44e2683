export type Value = number | string;

/** Times of one series in µs, rising, and its values: what was sent, or what a hub answered. */
export interface Samples {
  readonly times: readonly number[];
  readonly values: readonly Value[];
}

/**
 * What the machines have sent, written down by themselves before it leaves: the measure of everything behind them.
 * `complete`: every sample is kept; otherwise only their number, for a run without an end.
 */
export class Ledger {
  readonly #complete: boolean;
  readonly #series = new Map<string, { times: number[]; values: Value[] }>();
  sent = 0;

  constructor({ complete }: { complete: boolean }) {
    this.#complete = complete;
  }

  record(path: string, time: number, value: Value): void {
    this.sent++;
    if (!this.#complete) return;
    let samples = this.#series.get(path);
    if (!samples) {
      samples = { times: [], values: [] };
      this.#series.set(path, samples);
    }
    samples.times.push(time);
    samples.values.push(value);
  }

  /** By path. */
  series(): ReadonlyMap<string, Samples> {
    return this.#series;
  }
}
