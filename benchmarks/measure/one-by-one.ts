import { filter, groupBy, map, mergeMap, type OperatorFunction, Subject } from 'rxjs';

/*
 * `where value < 500`, `deadband 0.05` and a window of 10 s in RxJS as one writes it, one sample at a time: a yardstick.
 */

export interface Sample {
  readonly series: number;
  /** µs. */
  readonly time: number;
  readonly value: number;
}

export interface Window {
  readonly count: number;
  readonly mean: number;
  readonly min: number;
  readonly max: number;
}

const EVERY = 10_000_000;

/** Samples go in; `closed` gets each window that a sample of a later one has closed. */
export function oneByOne(closed: (window: Window) => void): Subject<Sample> {
  const input = new Subject<Sample>();
  input
    .pipe(
      filter(({ value }) => value < 500),
      groupBy(({ series }) => series),
      mergeMap((group) => group.pipe(deadband(0.05), windowed)),
    )
    .subscribe(closed);
  return input;
}

function deadband(width: number): OperatorFunction<Sample, Sample> {
  return (source) => {
    let last = Number.NaN;
    return source.pipe(
      filter(({ value }) => {
        // Not ">", so that the first sample passes, too.
        if (Math.abs(value - last) <= width) return false;
        last = value;
        return true;
      }),
    );
  };
}

/** Each sample becomes the window that it closes, or nothing: cheaper than `mergeMap`, which subscribes to each answer. */
const windowed: OperatorFunction<Sample, Window> = (source) => {
  let start = Number.NaN;
  let [count, sum, min, max] = [0, 0, Infinity, -Infinity];
  return source.pipe(
    map(({ time, value }): Window | undefined => {
      const own = Math.floor(time / EVERY) * EVERY;
      const done = own !== start && count > 0 ? { count, mean: sum / count, min, max } : undefined;
      if (own !== start) [start, count, sum, min, max] = [own, 0, 0, Infinity, -Infinity];
      count++;
      sum += value;
      min = Math.min(min, value);
      max = Math.max(max, value);
      return done;
    }),
    filter((window) => window !== undefined),
  );
};
