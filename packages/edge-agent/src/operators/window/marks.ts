import type { RecentSamples, State } from '@sluis/plugin-sdk';

/**
 * Marks of the samples that {@link RecentSamples} of the same budget remember, for samples of which few have one: 0 is no mark and
 * takes no room. Each series that has samples has a part of the budget here, too: so marks are remembered for at least as
 * long as their samples.
 */
export class Marks {
  readonly #recent: RecentSamples;

  constructor(state: State, budget: number) {
    this.#recent = state.recent('marks', { budget });
  }

  /** To be called before the first sample of a series is remembered. */
  begin(series: number, time: number): void {
    this.#recent.add(series, time, 0);
  }

  /** Sets the mark of a sample that is remembered. True if it had another one. */
  set(series: number, time: number, mark: number): boolean {
    let before = 0;
    // Times are whole: nothing else is in [time, time + 1).
    this.#recent.visit(series, time, time + 1, (_, known) => {
      before = known;
    });
    if (before === mark) return false;
    this.#recent.add(series, time, mark);
    return true;
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
