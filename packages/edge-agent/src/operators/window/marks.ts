import type { RecentSamples, SeriesColumn, State } from '@sluis/plugin-sdk';
import { UNCERTAIN } from './states.ts';

const UNKNOWN = -1;
/** Before all times: whatever comes before it, marks that are set are remembered. */
const BEGIN = -Number.MAX_VALUE;

/**
 * Marks of the samples that {@link RecentSamples} of the same budget remember, for samples of which few have another one than is usual
 * in their series, which takes no room: what the first one had, without {@link UNCERTAIN}. No more series have marks than have samples, so marks are remembered for at least as long as their samples.
 */
export class Marks {
  /** By how much marks differ from what is usual, in bits. */
  readonly #recent: RecentSamples;
  readonly #usual: SeriesColumn;
  #same = new Float64Array(0);

  constructor(state: State, budget: number) {
    this.#recent = state.recent('marks', { budget });
    this.#usual = state.float64('usual mark', UNKNOWN);
  }

  at(series: number, time: number): number {
    let difference = 0;
    // Times are whole: nothing else is in [time, time + 1).
    this.#recent.visit(series, time, time + 1, (_, known) => {
      difference = known;
    });
    return difference ^ this.#usualOf(series);
  }

  /** Sets the mark of a sample that is remembered. True if it had another one. */
  set(series: number, time: number, mark: number): boolean {
    this.#learn(series, mark);
    if (this.at(series, time) === mark) return false;
    this.#begin(series);
    this.#recent.add(series, time, mark ^ this.#usualOf(series));
    return true;
  }

  /** The same mark for all samples [from, to), whose times rise and are later than all of the series. */
  append(series: number, time: Float64Array, { from, to, mark }: { from: number; to: number; mark: number }): void {
    this.#learn(series, mark);
    const difference = mark ^ this.#usualOf(series);
    if (difference === 0) return;
    this.#begin(series);
    if (this.#same.length < to) this.#same = new Float64Array(time.length);
    this.#same.fill(difference, from, to);
    this.#recent.append(series, time, this.#same, from, to);
  }

  /** Where samples have come before that nobody knows, the first one that is given counts as one of them. */
  #begin(series: number): void {
    if (this.#recent.greatest(series) === Number.NEGATIVE_INFINITY) this.#recent.add(series, BEGIN, 0);
  }

  /** The marks of a span, to be asked for times that rise. */
  of(series: number, from: number, to: number): (time: number) => number {
    const usual = this.#usualOf(series);
    const times: number[] = [];
    const marks: number[] = [];
    this.#recent.visit(series, from, to, (time, difference) => {
      times.push(time);
      marks.push(difference ^ usual);
    });
    let place = 0;
    return (time) => {
      while (times[place] < time) place++;
      return times[place] === time ? marks[place] : usual;
    };
  }

  #usualOf(series: number): number {
    const { values } = this.#usual;
    return series < values.length && values[series] !== UNKNOWN ? values[series] : 0;
  }

  #learn(series: number, mark: number): void {
    this.#usual.reserve(series);
    if (this.#usual.values[series] === UNKNOWN) this.#usual.values[series] = mark & ~UNCERTAIN;
  }
}
