import type { SampleBatch, Scalar, SeriesColumn, State } from '@sluis/plugin-sdk';

/** What one tick counts for at most (µs) where a series waits for samples: a stopped agent has not waited. */
const LONGEST_STEP = 2_000_000;

/** Tells ticks, and by them which series have been without a row for long. */
export class IdleClock {
  readonly #idle: number;
  /** The clock when each series last had a row. */
  readonly #seen: SeriesColumn;
  readonly #clock: Scalar;
  readonly #tick: Scalar;

  /** `idle`: after how many µs a series counts as idle; never unless given. */
  constructor(state: State, idle: number | undefined) {
    this.#idle = idle ?? Number.POSITIVE_INFINITY;
    this.#seen = state.float64('seen', 0);
    this.#clock = state.scalar('idle clock', 0);
    this.#tick = state.scalar('tick', Number.NEGATIVE_INFINITY);
  }

  get isOn(): boolean {
    return this.#idle !== Number.POSITIVE_INFINITY;
  }

  reserve(series: number): void {
    this.#seen.reserve(series);
  }

  /** True if the batch brings a new tick. */
  advance({ tick }: SampleBatch): boolean {
    const before = this.#tick.value;
    if (!(tick > before)) return false;
    if (before !== Number.NEGATIVE_INFINITY) this.#clock.value += Math.min(tick - before, LONGEST_STEP);
    this.#tick.value = tick;
    return true;
  }

  see(series: number): void {
    if (this.isOn) this.#seen.values[series] = this.#clock.value;
  }

  isIdle(series: number): boolean {
    return this.#clock.value - this.#seen.values[series] >= this.#idle;
  }
}
