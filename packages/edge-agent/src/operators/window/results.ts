import { BatchBuilder, type Columns, noRows, Quality, type SeriesTable } from '@sluis/protocol';
import type { Aggregate } from './config.ts';

const MAX_REVISION = 0xffff;

/** What a closed window has found; undefined for what it cannot tell. */
export type Found = Readonly<Record<Aggregate, number | undefined>>;

/** Collects the results of windows, each in the series `<input path>/<stream>/<aggregate>`. */
export class WindowResults {
  readonly #series: SeriesTable;
  readonly #aggregates: readonly Aggregate[];
  readonly #stream: string;
  readonly #rows = new BatchBuilder();
  /** Ids of the result series, by input series and place of the aggregate; follows from names alone. */
  readonly #ids: (number[] | undefined)[] = [];

  constructor(options: { series: SeriesTable; aggregates: readonly Aggregate[]; stream: string }) {
    this.#series = options.series;
    this.#aggregates = options.aggregates;
    this.#stream = options.stream;
  }

  /**
   * `emission` counts from 0 and becomes the revision, which stays at its greatest value rather than wrap. What cannot
   * be told is absent the first time; later it is a NaN of bad quality, for it may replace what could be told before.
   */
  add(window: { series: number; start: number; found: Found; uncertain: boolean; emission: number }): void {
    const ids = (this.#ids[window.series] ??= this.#resultSeries(window.series));
    for (let i = 0; i < ids.length; i++) {
      const value = window.found[this.#aggregates[i]];
      if (value === undefined && window.emission === 0) continue;
      const quality = value === undefined ? Quality.bad : window.uncertain ? Quality.uncertain : Quality.good;
      this.#rows.double(ids[i], window.start, value ?? Number.NaN, quality);
      if (window.emission === 0) continue;
      this.#rows.revision ??= new Uint16Array(this.#rows.series.length);
      this.#rows.revision[this.#rows.length - 1] = Math.min(window.emission, MAX_REVISION);
    }
  }

  take(): Columns {
    return this.#rows.length === 0 ? noRows : this.#rows.take();
  }

  #resultSeries(series: number): number[] {
    const { path, unit } = this.#series.definition(series);
    return this.#aggregates.map((aggregate) =>
      this.#series.intern(`${path}/${this.#stream}/${aggregate}`, aggregate === 'count' ? '' : unit),
    );
  }
}
