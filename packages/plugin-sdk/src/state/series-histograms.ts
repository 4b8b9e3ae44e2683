import type { Histogram, Histograms } from '../state.ts';
import { type HistogramsImage, type Part, type PartImage, StateMismatchError } from './image.ts';

/** Bins over all histograms: some 50 MB. */
export const DEFAULT_BINS = 2 ** 20;

export class SeriesHistograms implements Histograms, Part {
  readonly #limit: number;
  /** By series, then by the number that tells its histograms apart. */
  readonly #of = new Map<number, Map<number, SparseHistogram>>();
  /** Bins in use, of all. */
  readonly #bins = { used: 0 };

  constructor({ limit = DEFAULT_BINS }: { readonly limit?: number } = {}) {
    this.#limit = limit;
  }

  of(series: number, which: number): Histogram {
    return this.#open(series, which);
  }

  remove(series: number, which: number): void {
    const own = this.#of.get(series);
    this.#bins.used -= own?.get(which)?.counts.size ?? 0;
    own?.delete(which);
    if (own?.size === 0) this.#of.delete(series);
  }

  image(index: (series: number) => number): HistogramsImage {
    const series: number[] = [];
    const which: number[] = [];
    const sizes: number[] = [];
    const bins: number[] = [];
    const counts: number[] = [];
    for (const [id, own] of this.#of) {
      for (const [number, histogram] of own) {
        series.push(index(id));
        which.push(number);
        sizes.push(histogram.counts.size);
        for (const [bin, count] of histogram.counts) {
          bins.push(bin);
          counts.push(count);
        }
      }
    }
    return {
      kind: 'histograms',
      series: Uint32Array.from(series),
      which: Float64Array.from(which),
      sizes: Uint32Array.from(sizes),
      bins: Int32Array.from(bins),
      counts: Float64Array.from(counts),
    };
  }

  restore(image: PartImage, ids: Uint32Array): void {
    if (image.kind !== 'histograms') throw new StateMismatchError(`expected histograms, found ${image.kind}`);
    this.#of.clear();
    this.#bins.used = 0;
    let from = 0;
    image.series.forEach((series, i) => {
      const histogram = this.#open(ids[series], image.which[i]);
      for (const end = from + image.sizes[i]; from < end; from++) {
        if (!histogram.add(image.bins[from], image.counts[from])) {
          throw new StateMismatchError(`the histograms have room for ${this.#limit} bins only`);
        }
      }
    });
  }

  #open(series: number, which: number): SparseHistogram {
    let own = this.#of.get(series);
    if (!own) this.#of.set(series, (own = new Map()));
    let histogram = own.get(which);
    if (!histogram) own.set(which, (histogram = new SparseHistogram(this.#bins, this.#limit)));
    return histogram;
  }
}

class SparseHistogram implements Histogram {
  readonly counts = new Map<number, number>();
  readonly #bins: { used: number };
  readonly #limit: number;

  constructor(bins: { used: number }, limit: number) {
    this.#bins = bins;
    this.#limit = limit;
  }

  add(bin: number, count: number): boolean {
    const known = this.counts.get(bin);
    if (known === undefined) {
      // Others would be other bins after a restore.
      if ((bin | 0) !== bin) throw new RangeError(`a bin is a whole number of 32 bits, not ${bin}`);
      if (count < 0 || this.#bins.used >= this.#limit) return false;
      this.#bins.used++;
    } else if (known + count === 0) {
      this.counts.delete(bin);
      this.#bins.used--;
      return true;
    }
    this.counts.set(bin, (known ?? 0) + count);
    return true;
  }

  inOrder(): readonly (readonly [bin: number, count: number])[] {
    return [...this.counts].sort(([a], [b]) => a - b);
  }
}
