import type { OperatorContext, SampleBatch, Scalar, SeriesColumn } from '@sluis/plugin-sdk';
import type { GroupConfig } from './config.ts';
import type { Members } from './members.ts';
import type { Spans } from './spans.ts';

/** What one tick counts for at most (µs) where a series waits for samples: a stopped agent has not waited. */
const LONGEST_STEP = 2_000_000;
const NONE = -1;

/** How far event time of each series has come, and of each group as far as its series allow. */
export class EventTime {
  readonly #members: Members;
  readonly #spans: Spans;
  readonly #wait: number;
  /** By series, and the idle clock when it last had a sample. */
  readonly #watermark: SeriesColumn;
  readonly #seen: SeriesColumn;
  /** By group: up to where windows are closed. */
  readonly #closed: SeriesColumn;
  readonly #idleClock: Scalar;
  readonly #tick: Scalar;
  #reserved = -1;
  /** By series what follows from the rest: the time at which its next window closes. */
  readonly #boundaries: number[] = [];
  /** By group, of its series the one that was last when it was looked for: as long as that stays, nothing closes. */
  readonly #blockers: number[] = [];

  constructor({ config, state }: OperatorContext<GroupConfig>, members: Members, spans: Spans) {
    this.#members = members;
    this.#spans = spans;
    this.#wait = config.wait;
    this.#watermark = state.float64('watermark', Number.NEGATIVE_INFINITY);
    this.#seen = state.float64('seen', 0);
    this.#closed = state.float64('time', Number.NEGATIVE_INFINITY);
    this.#idleClock = state.scalar('idle clock', 0);
    this.#tick = state.scalar('tick', Number.NEGATIVE_INFINITY);
  }

  /** The agent's clock, but for the time in which it was off. */
  get idleClock(): number {
    return this.#idleClock.value;
  }

  reserve(size: number): void {
    if (size === this.#reserved) return;
    this.#reserved = size;
    for (let id = this.#boundaries.length; id < size; id++) this.#boundaries.push(Number.NEGATIVE_INFINITY);
    for (const column of [this.#watermark, this.#seen, this.#closed]) column.reserve(size);
  }

  /** False if the clock has not gone on. */
  tick({ tick, watermarks }: SampleBatch): boolean {
    if (!(tick > this.#tick.value)) return false;
    if (this.#tick.value !== Number.NEGATIVE_INFINITY) {
      this.#idleClock.value += Math.min(tick - this.#tick.value, LONGEST_STEP);
    }
    this.#tick.value = tick;
    watermarks.series.forEach((id, i) => {
      if (!(watermarks.time[i] > this.#watermark.values[id])) return;
      this.#watermark.values[id] = watermarks.time[i];
      this.#seen.values[id] = this.#idleClock.value;
    });
    return true;
  }

  /** A series has a sample of this time. True if windows of its group may have to close. */
  come(id: number, group: number, time: number): boolean {
    this.#seen.values[id] = this.#idleClock.value;
    const before = this.#watermark.values[id];
    if (!(time > before)) return false;
    const isSameWindow = before !== Number.NEGATIVE_INFINITY && time < this.boundaryOf(id);
    this.#watermark.values[id] = time;
    return !isSameWindow && !this.#isBlocked(group);
  }

  /** The same, for one that is in the window of a sample that came just before. */
  follow(id: number, time: number): void {
    if (time > this.#watermark.values[id]) this.#watermark.values[id] = time;
  }

  /** The first time after a series' event time at which a window closes. */
  boundaryOf(id: number): number {
    const time = this.#watermark.values[id];
    if (!(this.#boundaries[id] > time)) this.#boundaries[id] = this.#spans.closingTime(time) + this.#spans.every;
    return this.#boundaries[id];
  }

  /** Up to where windows of a group are closed. */
  closedTo(group: number): number {
    return this.#closed.values[group];
  }

  /** Event time of a group goes on as far as its series allow, and to `atLeast`. True if a window may have closed. */
  advance(group: number, atLeast: number): boolean {
    const time = Math.max(this.#spans.closingTime(this.#leastOf(group)), atLeast);
    if (!(time > this.#closed.values[group])) return false;
    this.#closed.values[group] = time;
    return true;
  }

  /**
   * How far the first of a group's series has come, but not beyond the agent's clock: one may be wrong. Where all are silent,
   * nobody says how late it is but the clock.
   */
  of(group: number): { readonly first: number; readonly isSilent: boolean } {
    let greatest = Number.NEGATIVE_INFINITY;
    let isSilent = true;
    for (const id of this.#members.of(group)) {
      greatest = Math.max(greatest, this.#watermark.values[id]);
      isSilent &&= this.#isSilent(id);
    }
    const tick = this.#tick.value;
    return { first: isSilent ? tick : Math.min(greatest, tick), isSilent };
  }

  /** The least event time of the series that are not silent; where all are, the greatest. */
  #leastOf(group: number): number {
    let least = Number.POSITIVE_INFINITY;
    let greatest = Number.NEGATIVE_INFINITY;
    let blocker = NONE;
    for (const id of this.#members.of(group)) {
      const time = this.#watermark.values[id];
      greatest = Math.max(greatest, time);
      if (this.#isSilent(id) || time >= least) continue;
      least = time;
      blocker = id;
    }
    while (this.#blockers.length <= group) this.#blockers.push(NONE);
    this.#blockers[group] = blocker;
    return blocker === NONE ? Math.min(greatest, this.#tick.value) : least;
  }

  #isBlocked(group: number): boolean {
    const blocker = this.#blockers.at(group) ?? NONE;
    if (blocker === NONE || this.#isSilent(blocker)) return false;
    return this.#spans.closingTime(this.#watermark.values[blocker]) <= this.#closed.values[group];
  }

  #isSilent(id: number): boolean {
    return this.#idleClock.value - this.#seen.values[id] >= this.#wait;
  }
}
