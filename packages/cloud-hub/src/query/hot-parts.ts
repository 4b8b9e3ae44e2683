import { transfer } from '@sluis/runtime';
import { type HotPart, type HotQuestions, type HotSeries, type HotWork } from './file-work.ts';
import type { HotSegment } from './hot-rows.ts';
import type { SeriesIndex } from './series-index.ts';
import type { HotTable } from './view.ts';

/** Of segments that are handed over at once: more would hold up queries. */
const BYTES_AT_ONCE = 2 << 20;
const SEGMENTS_AT_ONCE = 1024;

/** What hot tables hold, for the thread that writes it to files. The tables keep all of it: queries read them meanwhile. */
export class HotParts implements HotQuestions {
  readonly #segments: readonly HotSegment[];
  readonly #index: SeriesIndex;
  readonly #from: number;
  readonly #to: number;
  readonly #places = new Map<HotSegment['map'], number>();

  constructor(tables: readonly HotTable[], index: SeriesIndex) {
    this.#segments = tables.flatMap(({ segments }) => segments);
    this.#index = index;
    this.#from = Math.min(...tables.map(({ firstTime }) => firstTime));
    this.#to = Math.max(...tables.map(({ lastTime }) => lastTime)) + 1;
    for (const { map } of this.#segments) if (!this.#places.has(map)) this.#places.set(map, this.#places.size);
  }

  /** Copies: they may grow meanwhile. */
  get maps(): HotWork['maps'] {
    return [...this.#places.keys()].map((map) => new Uint32Array(map));
  }

  segments(first: number): readonly HotPart[] {
    let [end, length] = [first, 0];
    for (; end < this.#segments.length && end < first + SEGMENTS_AT_ONCE && length < BYTES_AT_ONCE; end++)
      length += this.#segments[end].bytes.length;
    const all = new Uint8Array(length);
    let at = 0;
    const parts = this.#segments.slice(first, end).map(({ bytes, map, ord }): HotPart => {
      all.set(bytes, at);
      at += bytes.length;
      return { bytes: all.subarray(at - bytes.length, at), map: this.#places.get(map) ?? 0, ord };
    });
    return transfer(parts, [all.buffer]);
  }

  series(ids: Uint32Array): HotSeries {
    const paths = Array.from(ids, (id) => this.#index.definition(id).path);
    const ordered = ids.map((id) => Number(this.#index.shape(id, this.#from, this.#to).ordered));
    return { paths, ordered: Uint8Array.from(ordered) };
  }
}
