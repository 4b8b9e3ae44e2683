import type { SampleBatch } from '@sluis/protocol';
import type { TimerClock, Timers } from '../state.ts';
import { copied } from './copied.ts';
import { DueQueue } from './due-queue.ts';
import { type Part, type PartImage, StateMismatchError, type TimersImage } from './image.ts';

const INITIAL_SERIES = 64;
const NEVER = Number.POSITIVE_INFINITY;

/**
 * One timer per series in columns, which a tick looks through: there is one a second, and a million take it a
 * millisecond. Which fire depends on ticks and watermarks alone, so that batch boundaries do not show.
 */
export class SeriesTimers implements Timers, Part {
  readonly #on: TimerClock;
  #time = new Float64Array(INITIAL_SERIES).fill(NEVER);
  /** Counts calls of `set`: timers of one time fire in this order. */
  #order = new Float64Array(INITIAL_SERIES);
  #sets = 0;
  #tick = Number.NEGATIVE_INFINITY;
  /** Of timers on watermarks: how far event time of each series has come. */
  #watermark = new Float64Array(INITIAL_SERIES).fill(Number.NEGATIVE_INFINITY);
  /** While timers fire: those that are due and have not, and the time of the one that fires. */
  #due: DueQueue | undefined;
  #firing = Number.NEGATIVE_INFINITY;

  constructor({ on }: { readonly on: TimerClock }) {
    this.#on = on;
  }

  set(series: number, time: number): void {
    if (Number.isNaN(time)) throw new RangeError('a timer must be set to a time, and this is NaN');
    if (this.#due && time <= this.#firing) {
      throw new RangeError(`a timer that is set while one fires must be later: ${time} is not after ${this.#firing}`);
    }
    this.#reserve(series);
    this.#time[series] = time;
    this.#order[series] = this.#sets++;
    if (this.#due && this.#isDue(series)) this.#queue(this.#due, series);
  }

  cancel(series: number): void {
    if (series < this.#time.length) this.#time[series] = NEVER;
  }

  get(series: number): number | undefined {
    const time = series < this.#time.length ? this.#time[series] : NEVER;
    return time === NEVER ? undefined : time;
  }

  advance({ tick, watermarks }: SampleBatch, fire: (series: number, time: number) => void): void {
    if (!(tick > this.#tick)) return;
    this.#tick = tick;
    if (this.#on === 'watermark') this.#raise(watermarks.series, watermarks.time);
    const due = new DueQueue();
    for (let series = 0; series < this.#time.length; series++) {
      if (this.#isDue(series)) this.#queue(due, series);
    }
    this.#due = due;
    try {
      for (let next = due.pop(); next; next = due.pop()) {
        const { series, time, order } = next;
        // Replaced or cancelled by one that fired before it.
        if (this.#time[series] !== time || this.#order[series] !== order) continue;
        this.#time[series] = NEVER;
        this.#firing = time;
        fire(series, time);
      }
    } finally {
      this.#due = undefined;
      this.#firing = Number.NEGATIVE_INFINITY;
    }
  }

  image(index: (series: number) => number): TimersImage {
    const ids = [...this.#time.keys()].filter((id) => this.#time[id] !== NEVER);
    ids.sort((a, b) => this.#order[a] - this.#order[b]);
    const moved = [...this.#watermark.keys()].filter((id) => this.#watermark[id] !== Number.NEGATIVE_INFINITY);
    return {
      kind: 'timers',
      tick: this.#tick,
      series: Uint32Array.from(ids, index),
      times: Float64Array.from(ids, (id) => this.#time[id]),
      watermarks: {
        series: Uint32Array.from(moved, index),
        times: Float64Array.from(moved, (id) => this.#watermark[id]),
      },
    };
  }

  restore(image: PartImage, ids: Uint32Array): void {
    if (image.kind !== 'timers') throw new StateMismatchError(`expected timers, found ${image.kind}`);
    this.#time.fill(NEVER);
    this.#watermark.fill(Number.NEGATIVE_INFINITY);
    this.#sets = 0;
    this.#tick = image.tick;
    image.series.forEach((series, i) => this.set(ids[series], image.times[i]));
    const { series, times } = image.watermarks;
    this.#raise(
      series.map((place) => ids[place]),
      times,
    );
  }

  #isDue(series: number): boolean {
    const now = this.#on === 'tick' ? this.#tick : this.#watermark[series];
    return this.#time[series] <= now;
  }

  #raise(series: Uint32Array, times: Float64Array): void {
    for (let i = 0; i < series.length; i++) {
      this.#reserve(series[i]);
      if (times[i] > this.#watermark[series[i]]) this.#watermark[series[i]] = times[i];
    }
  }

  #queue(due: DueQueue, series: number): void {
    due.push({ series, time: this.#time[series], order: this.#order[series] });
  }

  #reserve(series: number): void {
    if (series < this.#time.length) return;
    const length = 2 ** Math.ceil(Math.log2(series + 1));
    this.#time = copied(this.#time, new Float64Array(length).fill(NEVER));
    this.#order = copied(this.#order, new Float64Array(length));
    this.#watermark = copied(this.#watermark, new Float64Array(length).fill(Number.NEGATIVE_INFINITY));
  }
}
