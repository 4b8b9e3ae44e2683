import { bytesOf, type Columns, Kind, SeriesTable } from '@sluis/protocol';
import { generator } from '../measure/random.ts';
import type { Work } from '../measure/rounds.ts';

export const SERIES = 1_000;
/** µs between the samples of a series: a window of 10 s has 1,000. */
export const INTERVAL = 10_000;
/** About so many rows are a call, in however many batches. */
const CALL_ROWS = 64_000;

/** What samples are like. Rows are grouped by series, as the journal gives them. */
export interface Shape {
  /** The sample behind a `before` of the same batch. */
  next(before: number, random: () => number): number;
  readonly isBoolean?: boolean;
  /** Place in time of the sample of a series with this number; unless given, that number. */
  place?(sample: number): number;
}

/** Random walks in hundredths that pass a deadband of 0.05 three times out of four. */
export const walks: Shape = {
  next: (before, random) => Math.round((before + (random() - 0.5) * 0.4) * 100) / 100,
};
/** The same, where ten samples are followed by a gap in which there would be three more. */
export const walksWithGaps: Shape = { ...walks, place: (sample) => sample + 3 * Math.floor(sample / 10) };
/** The same, where two samples out of 50 come in the wrong order. */
export const walksOutOfOrder: Shape = {
  ...walks,
  place: (sample) => (sample % 50 === 20 ? sample + 1 : sample % 50 === 21 ? sample - 1 : sample),
};
/** What runs or stands, as it did with the sample before but for one in so many. */
export function statesOf(samples: number): Shape {
  const next = (before: number, random: () => number): number => {
    const state = before === 1 ? 1 : 0;
    return random() < 1 / samples ? 1 - state : state;
  };
  return { next, isBoolean: true };
}

/**
 * The same, where two samples out of 50 come in the wrong order: once also about the end of a window of 10 s, which one of the first
 * 1,000 samples is, but none of the last hundred.
 */
export function statesOutOfOrder(samples: number): Shape {
  const swapped = (sample: number): number =>
    sample % 50 === 16 ? sample + 1 : sample % 50 === 17 ? sample - 1 : sample;
  return { ...statesOf(samples), place: (sample) => swapped(sample) * 1.5 };
}

const FIRST = 250;

export function batchOf(
  perSeries: number,
  random: () => number,
  { shape = walks, series = SERIES }: { readonly shape?: Shape; readonly series?: number } = {},
): Columns {
  const { next, isBoolean = false } = shape;
  const length = perSeries * series;
  const value = new Float64Array(length);
  for (let row = 0; row < length; row++) value[row] = next(row % perSeries === 0 ? FIRST : value[row - 1], random);
  return {
    length,
    series: Uint32Array.from({ length }, (_, row) => Math.floor(row / perSeries)),
    time: Float64Array.from({ length }, (_, row) => (row % perSeries) * INTERVAL),
    value,
    quality: new Uint8Array(length),
    ...(isBoolean && { kind: new Uint8Array(length).fill(Kind.boolean) }),
  };
}

export interface FedOptions {
  readonly shape?: Shape;
  /** Of which there are samples. */
  readonly series?: number;
  /** Rows of a call. */
  readonly most?: number;
}

/** Feeds the same samples again and again, at times that go on. */
export class Fed implements Work {
  readonly rows: number;
  readonly #batches: readonly Columns[];
  readonly #perSeries: number;
  readonly #feed: (rows: Columns) => void;
  readonly #place: (sample: number) => number;
  #fed = 0;

  constructor(
    rows: number,
    feed: (rows: Columns) => void,
    { shape = walks, series = SERIES, most = CALL_ROWS }: FedOptions = {},
  ) {
    const random = generator(1);
    this.#perSeries = Math.floor(rows / series);
    const batches = Math.ceil(most / rows);
    this.#batches = Array.from({ length: batches }, () => batchOf(this.#perSeries, random, { shape, series }));
    this.rows = this.#batches.reduce((sum, { length }) => sum + length, 0);
    this.#feed = feed;
    this.#place = shape.place ?? ((sample) => sample);
  }

  prepare(): void {
    for (const { time } of this.#batches) {
      const first = this.#fed++ * this.#perSeries;
      for (let row = 0; row < time.length; row++) {
        time[row] = this.#place(first + (row % this.#perSeries)) * INTERVAL;
      }
    }
  }

  call(): void {
    for (const one of this.#batches) this.#feed(one);
  }
}

/** Whole samples of each series, as many as fit into so many bytes of columns. */
export function rowsOf(bytes: number): number {
  const perSeries = Math.floor(bytes / (bytesOf(batchOf(1, () => 0)) / SERIES) / SERIES);
  return perSeries * SERIES;
}

export function temperatureOf(series: number): string {
  return `lab/m${series}/temperature`;
}

export function tableOfSeries(name: (series: number) => string = temperatureOf): SeriesTable {
  return new SeriesTable(Array.from({ length: SERIES }, (_, i) => ({ path: name(i), unit: 'Cel' })));
}
