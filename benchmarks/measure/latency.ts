import { Int32Histogram } from 'hdr-histogram-js';
import type { Plot } from '../scenario.ts';

/** Latencies are kept in µs, to three digits, up to an hour: memory is bounded, whatever the number of them. */
const HIGHEST_US = 3_600_000_000;
const US = 1_000;
/** Steps of the plot in each decade of milliseconds. */
const STEPS_PER_DECADE = 20;

export interface Summary {
  readonly count: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

/** Latencies, of which percentiles and the shape can be told. */
export class Latencies {
  /** The plain form of the library, without WebAssembly: thousands a second are little work. */
  readonly #histogram = new Int32Histogram(1, HIGHEST_US, 3);

  static of(ms: Iterable<number>): Latencies {
    const latencies = new Latencies();
    for (const one of ms) latencies.add(one);
    return latencies;
  }

  /** What is below 0, as a clock that was set back gives it, counts as 0. */
  add(ms: number, count = 1): void {
    this.#histogram.recordValueWithCount(Math.min(HIGHEST_US, Math.max(0, Math.round(ms * US))), count);
  }

  get count(): number {
    return this.#histogram.totalCount;
  }

  /** In milliseconds, for a percentage of 0 to 100; 0 if there are none. */
  percentile(percent: number): number {
    return this.#histogram.getValueAtPercentile(percent) / US;
  }

  /** For JSON: in milliseconds, to a tenth. */
  summary(): Summary {
    const at = (percent: number): number => Number(this.percentile(percent).toFixed(1));
    return { count: this.count, p50: at(50), p95: at(95), p99: at(99), max: at(100) };
  }

  /** Milliseconds in even steps of a log axis, and how many percent of all lie there. */
  points(): [number, number][] {
    const counts = new Map<number, number>();
    const values = this.#histogram.recordedValuesIterator;
    values.reset();
    while (values.hasNext()) {
      const { valueIteratedTo, countAddedInThisIterationStep } = values.next();
      const step = Math.round(Math.log10(Math.max(1, valueIteratedTo)) * STEPS_PER_DECADE);
      counts.set(step, (counts.get(step) ?? 0) + countAddedInThisIterationStep);
    }
    const steps = [...counts.keys()];
    const [first, last] = [Math.min(...steps), Math.max(...steps)];
    if (steps.length === 0) return [];
    // A step outside of either end, so that the shape begins and ends at 0.
    return Array.from({ length: last - first + 3 }, (_, i) => {
      const step = first - 1 + i;
      return [10 ** (step / STEPS_PER_DECADE) / US, ((counts.get(step) ?? 0) / this.count) * 100];
    });
  }
}

export function latencyPlot(title: string, lines: Readonly<Record<string, Latencies>>): Plot {
  return {
    title,
    kind: 'histogram',
    x: { label: 'milliseconds', scale: 'log' },
    y: { label: '% of samples' },
    lines: Object.entries(lines).map(([name, latencies]) => ({ name, points: latencies.points() })),
  };
}
