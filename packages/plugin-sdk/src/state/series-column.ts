import type { SeriesColumn } from '../state.ts';
import { type Part, type PartImage, type Float64Image, StateMismatchError } from './image.ts';

const INITIAL_SERIES = 64;

export class Float64Column implements SeriesColumn, Part {
  values: Float64Array;
  readonly #initial: number;

  constructor(initial: number) {
    this.#initial = initial;
    this.values = new Float64Array(INITIAL_SERIES).fill(initial);
  }

  reserve(series: number): void {
    if (series < this.values.length) return;
    const grown = new Float64Array(2 ** Math.ceil(Math.log2(series + 1))).fill(this.#initial);
    grown.set(this.values);
    this.values = grown;
  }

  image(index: (series: number) => number): Float64Image {
    const series: number[] = [];
    const values: number[] = [];
    for (let id = 0; id < this.values.length; id++) {
      if (Object.is(this.values[id], this.#initial)) continue;
      series.push(index(id));
      values.push(this.values[id]);
    }
    return { kind: 'float64', series: Uint32Array.from(series), values: Float64Array.from(values) };
  }

  restore(image: PartImage, ids: Uint32Array): void {
    if (image.kind !== 'float64') throw new StateMismatchError(`expected float64, found ${image.kind}`);
    this.values.fill(this.#initial);
    for (let i = 0; i < image.series.length; i++) {
      const id = ids[image.series[i]];
      this.reserve(id);
      this.values[id] = image.values[i];
    }
  }
}
