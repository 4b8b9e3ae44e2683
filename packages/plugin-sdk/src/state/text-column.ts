import type { TextColumn } from '../state.ts';
import { type Part, type PartImage, StateMismatchError, type TextImage } from './image.ts';

/** UTF-16 code units of all texts: 16 MiB. */
const MAX_UNITS = 2 ** 23;

export class SeriesTexts implements TextColumn, Part {
  /** By series, without holes. */
  #texts: string[] = [];
  #units = 0;
  readonly #limit: number;

  constructor({ limit = MAX_UNITS }: { limit?: number } = {}) {
    this.#limit = limit;
  }

  get(series: number): string {
    return this.#texts[series] ?? '';
  }

  set(series: number, text: string): boolean {
    const units = this.#units - this.get(series).length;
    const fits = units + text.length <= this.#limit;
    const kept = fits ? text : '';
    while (this.#texts.length <= series) this.#texts.push('');
    this.#texts[series] = kept;
    this.#units = units + kept.length;
    return fits;
  }

  image(index: (series: number) => number): TextImage {
    const places = new Map<string, number>();
    const series: number[] = [];
    const text: number[] = [];
    this.#texts.forEach((own, id) => {
      if (own === '') return;
      const place = places.get(own) ?? places.size;
      places.set(own, place);
      series.push(index(id));
      text.push(place);
    });
    return { kind: 'text', series: Uint32Array.from(series), text: Uint32Array.from(text), texts: [...places.keys()] };
  }

  restore(image: PartImage, ids: Uint32Array): void {
    if (image.kind !== 'text') throw new StateMismatchError(`expected text, found ${image.kind}`);
    this.#texts = [];
    this.#units = 0;
    image.series.forEach((series, i) => this.set(ids[series], image.texts[image.text[i]]));
  }
}
