/** Times of one series in µs, rising, and its values: what was sent, or what a hub answered. */
export interface Samples {
  readonly times: Float64Array;
  readonly values: Float64Array;
}

interface Page {
  times: Float64Array;
  values: Float64Array;
  length: number;
}

const FIRST_ROWS = 1024;

/**
 * What the machines have sent, written down by themselves before it leaves: the measure of everything behind them.
 * `complete`: each sample is kept, 16 bytes of it; otherwise only their number, for a run without an end.
 */
export class Ledger {
  readonly #complete: boolean;
  readonly #pages = new Map<string, Page>();
  sent = 0;

  constructor({ complete }: { complete: boolean }) {
    this.#complete = complete;
  }

  record(path: string, time: number, value: number): void {
    this.sent++;
    if (!this.#complete) return;
    let page = this.#pages.get(path);
    if (!page) {
      page = { times: new Float64Array(FIRST_ROWS), values: new Float64Array(FIRST_ROWS), length: 0 };
      this.#pages.set(path, page);
    }
    if (page.length === page.times.length) {
      page.times = doubled(page.times);
      page.values = doubled(page.values);
    }
    page.times[page.length] = time;
    page.values[page.length++] = value;
  }

  /** By path. */
  series(): Map<string, Samples> {
    return new Map(
      [...this.#pages].map(([path, { times, values, length }]) => [
        path,
        { times: times.subarray(0, length), values: values.subarray(0, length) },
      ]),
    );
  }
}

function doubled(column: Float64Array): Float64Array {
  const grown = new Float64Array(column.length * 2);
  grown.set(column);
  return grown;
}
