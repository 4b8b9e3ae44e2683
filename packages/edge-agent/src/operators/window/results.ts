import { BatchBuilder, type Columns, noRows, Quality, type SeriesTable } from '@sluis/plugin-sdk';
import type { Aggregate } from './config.ts';

const MAX_REVISION = 0xffff;

/** What a closed window has found; undefined for what it cannot tell. A text or boolean only where a state is one. */
export type Found = (aggregate: Aggregate) => number | string | boolean | undefined;

export interface WindowResult {
  readonly series: number;
  /** What the results are stamped with. */
  readonly time: number;
  readonly found: Found;
  readonly uncertain: boolean;
  readonly revision: number;
}

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
   * The revision stays at its greatest value rather than wrap. What cannot be told is absent the first time; later it is a
   * NaN of bad quality, for it may replace what could be told before.
   */
  add({ series, time, found, uncertain, revision }: WindowResult): void {
    const ids = (this.#ids[series] ??= this.#resultSeries(series));
    const rows = this.#rows;
    for (let i = 0; i < ids.length; i++) {
      const value = found(this.#aggregates[i]);
      const quality = uncertain ? Quality.uncertain : Quality.good;
      // NaN: of infinite values not all can be told.
      if (typeof value === 'number' && !Number.isNaN(value)) rows.double(ids[i], time, value, quality);
      else if (typeof value === 'string') rows.text(ids[i], time, value, quality);
      else if (typeof value === 'boolean') rows.boolean(ids[i], time, value, quality);
      else if (revision === 0) continue;
      else rows.double(ids[i], time, Number.NaN, Quality.bad);
      if (revision === 0) continue;
      rows.revision ??= new Uint16Array(rows.series.length);
      rows.revision[rows.length - 1] = Math.min(revision, MAX_REVISION);
    }
  }

  take(): Columns {
    return this.#rows.length === 0 ? noRows : this.#rows.take();
  }

  #resultSeries(series: number): number[] {
    const { path, unit } = this.#series.definition(series);
    return this.#aggregates.map((aggregate) =>
      this.#series.intern(`${path}/${this.#stream}/${aggregate}`, unitOf(aggregate, unit)),
    );
  }
}

function unitOf(aggregate: Aggregate, unit: string): string {
  if (aggregate === 'count') return '';
  return aggregate === 'duration' ? 's' : unit;
}
