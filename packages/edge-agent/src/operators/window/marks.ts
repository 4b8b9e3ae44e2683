import type { RecentSamples, State } from '@sluis/plugin-sdk';

/** Before all times: whatever comes before it, marks that are set are remembered. */
const BEGIN = -Number.MAX_VALUE;

/**
 * Marks of the samples that {@link RecentSamples} of the same budget remember, for samples of which few have one: 0 is no mark and
 * takes no room. No more series have marks than have samples, so marks are remembered for at least as long as their samples.
 */
export class Marks {
  readonly #recent: RecentSamples;
  #same = new Float64Array(0);

  constructor(state: State, budget: number) {
    this.#recent = state.recent('marks', { budget });
  }

  at(series: number, time: number): number {
    let mark = 0;
    // Times are whole: nothing else is in [time, time + 1).
    this.#recent.visit(series, time, time + 1, (_, known) => {
      mark = known;
    });
    return mark;
  }

  /** Sets the mark of a sample that is remembered. True if it had another one. */
  set(series: number, time: number, mark: number): boolean {
    if (this.at(series, time) === mark) return false;
    this.#begin(series);
    this.#recent.add(series, time, mark);
    return true;
  }

  /** The same mark for all samples [from, to), whose times rise and are later than all of the series. */
  append(series: number, time: Float64Array, { from, to, mark }: { from: number; to: number; mark: number }): void {
    if (mark === 0) return;
    this.#begin(series);
    if (this.#same.length < to) this.#same = new Float64Array(time.length);
    this.#same.fill(mark, from, to);
    this.#recent.append(series, time, this.#same, from, to);
  }

  /** Where samples have come before that nobody knows, the first one that is given counts as one of them. */
  #begin(series: number): void {
    if (this.#recent.greatest(series) === Number.NEGATIVE_INFINITY) this.#recent.add(series, BEGIN, 0);
  }

  /** The marks of a span, to be asked for times that rise. */
  of(series: number, from: number, to: number): (time: number) => number {
    const times: number[] = [];
    const marks: number[] = [];
    this.#recent.visit(series, from, to, (time, mark) => {
      times.push(time);
      marks.push(mark);
    });
    let place = 0;
    return (time) => {
      while (times[place] < time) place++;
      return times[place] === time ? marks[place] : 0;
    };
  }
}
