import type { RecentSamples, SampleBatch, State } from '@sluis/plugin-sdk';

/** All series together remember about so many samples; one alone no more than `most`, which bounds what a late one costs. */
export const remembered = { budget: 65_536, most: 1024 } as const;

export interface KnownNumber {
  readonly time: number;
  readonly value: number;
  readonly uncertain: boolean;
  /** What the number is beyond the double in `value`: not 0 for whole numbers that no double has, where that was asked for. */
  readonly rest?: number;
}

/** What is remembered around a time of a series. A time without a number, such as that of a bad sample, counts as none. */
export interface Around {
  readonly before: KnownNumber | undefined;
  readonly own: KnownNumber | undefined;
  readonly after: KnownNumber | undefined;
  /** There was a sample of this very time, with a number or without. */
  readonly isKnown: boolean;
  /** What came before may have been forgotten: `before` does not say that there was none. */
  readonly isCut: boolean;
}

/**
 * The recent numbers of each series in order of time, with their quality, so that late samples and corrections find their
 * place. A sample without a number is remembered as NaN: it may be what a number is taken back by.
 */
export class RecentNumbers {
  readonly #values: RecentSamples;
  /** 1 at the times of uncertain ones, 0 where they were. Has each that is in `values`, for it has fewer. */
  readonly #uncertain: RecentSamples;
  /** The same for what numbers are beyond their doubles. */
  readonly #rests: RecentSamples | undefined;

  /** `hasRests`: whole numbers of 64 bits are remembered as they are. */
  constructor(state: State, { hasRests = false }: { readonly hasRests?: boolean } = {}) {
    this.#values = state.recent('numbers', remembered);
    this.#uncertain = state.recent('uncertain', remembered);
    if (hasRests) this.#rests = state.recent('rests', remembered);
  }

  /** As {@link RecentSamples.append}, for rows[from..to) of good quality. */
  append(series: number, { time, value }: SampleBatch, from: number, to: number): void {
    this.#values.append(series, time, value, from, to);
  }

  /** False if nobody can tell any more what came around this time: it is not remembered then. */
  set(series: number, { time, value, uncertain, rest = 0 }: KnownNumber): boolean {
    if (this.#values.add(series, time, value) === 'older') return false;
    if (uncertain || this.#isUncertain(series, time)) note(this.#uncertain, series, { time, value: uncertain ? 1 : 0 });
    if (this.#rests && rest !== this.#restAt(series, time)) note(this.#rests, series, { time, value: rest });
    return true;
  }

  around(series: number, time: number): Around {
    let before: KnownNumber | undefined;
    let own: KnownNumber | undefined;
    let after: KnownNumber | undefined;
    let isKnown = false;
    this.#values.visit(series, Number.NEGATIVE_INFINITY, time, (at, value) => {
      if (!Number.isNaN(value)) before = { time: at, value, uncertain: false };
    });
    this.#values.visit(series, time, Number.POSITIVE_INFINITY, (at, value) => {
      if (at === time) isKnown = true;
      if (after || Number.isNaN(value)) return;
      if (at === time) own = this.#knownAt(series, time, value);
      else after = this.#knownAt(series, at, value);
    });
    if (before) before = this.#knownAt(series, before.time, before.value);
    return { before, own, after, isKnown, isCut: !this.#values.reaches(series, -Number.MAX_VALUE) };
  }

  /** All that are remembered from a time on, in order of time: also those without a number, as NaN. */
  from(series: number, time: number): KnownNumber[] {
    const uncertain = new Set<number>();
    this.#uncertain.visit(series, time, Number.POSITIVE_INFINITY, (at, is) => {
      if (is === 1) uncertain.add(at);
    });
    const numbers: KnownNumber[] = [];
    this.#values.visit(series, time, Number.POSITIVE_INFINITY, (at, value) => {
      numbers.push({ time: at, value, uncertain: uncertain.has(at) });
    });
    return numbers;
  }

  #knownAt(series: number, time: number, value: number): KnownNumber {
    return { time, value, uncertain: this.#isUncertain(series, time), rest: this.#restAt(series, time) };
  }

  #isUncertain(series: number, time: number): boolean {
    return valueAt(this.#uncertain, series, time) === 1;
  }

  #restAt(series: number, time: number): number {
    return this.#rests ? valueAt(this.#rests, series, time) : 0;
  }
}

/** Remembers what few numbers have. Where samples have come before that nobody knows, the first that is given counts as one of them. */
function note(samples: RecentSamples, series: number, { time, value }: Pick<KnownNumber, 'time' | 'value'>): void {
  if (samples.greatest(series) === Number.NEGATIVE_INFINITY) samples.add(series, -Number.MAX_VALUE, 0);
  samples.add(series, time, value);
}

/** 0 if there is none. */
function valueAt(samples: RecentSamples, series: number, time: number): number {
  let found = 0;
  // Times are whole: nothing else is in [time, time + 1).
  samples.visit(series, time, time + 1, (_, value) => {
    found = value;
  });
  return found;
}
