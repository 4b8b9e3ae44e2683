/** The work of a round is worth measuring from so many seconds on: the clock of the CPU counts in milliseconds. */
const ROUND_SECONDS = 0.15;
const WARM_SECONDS = 0.5;
const ROUNDS = 7;

export interface Timing {
  /** CPU seconds of one call, of all threads of the process: collecting garbage and compiling belong to the work. */
  readonly seconds: number;
  readonly spread: number;
}

export interface Work {
  /** Makes ready what the next call works on; it is not measured. */
  prepare?(): void;
  call(): unknown;
}

/**
 * What calls of each of these cost in CPU seconds: the median of rounds, taken in turns, so that what else happens on the
 * machine meets all of them; each is warmed first, by the same calls. Calls of well over 100 µs are measured best.
 */
export function inTurns<Name extends string>(works: Record<Name, Work | (() => unknown)>): Record<Name, Timing> {
  const entries = Object.entries<Work | (() => unknown)>(works) as [Name, Work | (() => unknown)][];
  const prepared = entries.map(([name, given]) => {
    const work = typeof given === 'function' ? { call: given } : given;
    const once = repeated(work, { atLeast: WARM_SECONDS });
    return { name, work, calls: Math.max(1, Math.round(ROUND_SECONDS / once)), taken: [] as number[] };
  });
  for (let round = 0; round < ROUNDS; round++) {
    for (const { work, calls, taken } of prepared) taken.push(repeated(work, { calls }));
  }
  const timings: Partial<Record<Name, Timing>> = {};
  for (const { name, taken } of prepared) {
    timings[name] = { seconds: median(taken), spread: spreadOf(taken) };
  }
  return timings as Record<Name, Timing>;
}

export interface Rate {
  /** Samples a second. */
  readonly value: number;
  readonly spread: number;
}

/** Of calls that each work on so many samples. */
export function rateOf({ seconds, spread }: Timing, samples: number): Rate {
  return { value: samples / seconds, spread };
}

/** Half of what lies between the highest and the lowest, as a share of the median: its noise, and more of it than less. */
export function spreadOf(values: readonly number[]): number {
  return (Math.max(...values) - Math.min(...values)) / 2 / median(values);
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle];
  if (upper === undefined) throw new RangeError('nothing has no median');
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? upper)) / 2;
}

/** CPU seconds of one call, over so many calls or so long. */
function repeated(work: Work, { calls = Infinity, atLeast = Infinity }): number {
  let done = 0;
  let seconds = 0;
  while (done < calls && seconds < atLeast) {
    work.prepare?.();
    const before = process.cpuUsage();
    work.call();
    const { user, system } = process.cpuUsage(before);
    seconds += (user + system) / 1e6;
    done++;
  }
  return seconds / done;
}
