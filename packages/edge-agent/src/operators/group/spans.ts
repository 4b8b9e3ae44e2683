import type { GroupConfig } from './config.ts';

/** Unless configured, a closed window may be revised for its own length, or this long in event time (µs) if that is more. */
const LEAST_REVISABLE = 60_000_000;

/** When windows begin, close, and are revised no more. A window is named by its start. */
export class Spans {
  readonly every: number;
  readonly #lateness: number;
  readonly #revise: number;

  constructor({ every, lateness, revise = Math.max(every, LEAST_REVISABLE) }: GroupConfig) {
    this.every = every;
    this.#lateness = lateness;
    this.#revise = revise;
  }

  startOf(time: number): number {
    const past = time % this.every;
    return past < 0 ? time - past - this.every : time - past;
  }

  closesAt(start: number): number {
    return start + this.every + this.#lateness;
  }

  /** The last time not after `time` at which a window closes. */
  closingTime(time: number): number {
    return this.startOf(time - this.#lateness) + this.#lateness;
  }

  /** In event time. */
  isClosed(start: number, time: number): boolean {
    return this.closesAt(start) <= time;
  }

  /** Closed for so long that it is revised no more. */
  isFinal(start: number, time: number): boolean {
    return this.closesAt(start) + this.#revise < time;
  }
}
