import { letGo } from '@sluis/protocol';
import type { RecentSamples } from '../state.ts';
import { type Part, type PartImage, type RecentImage, StateMismatchError } from './image.ts';

/** However many series share the budget, each remembers this many, so that a short disorder is always put right. */
const LEAST_PER_SERIES = 16;
/** However few series share it: bounds the work of putting one sample in its place. */
const MOST_PER_SERIES = 65_536;
const INITIAL_SERIES = 64;

/**
 * Per series a ring of samples in order of time. Capacity of a series = budget / series seen, rounded down to a power of
 * two, within the limits above. It only shrinks, so that trimming a series when it is next touched leaves what trimming
 * all of them at once would have left: the newest.
 *
 * Most calls touch each of many series for a few samples, so what counts is how much memory a call touches: times and
 * values alternate in one array, a full ring overwrites what it forgets, and the rest is in columns.
 */
export class SortedRings implements RecentSamples, Part {
  readonly #budget: number;
  readonly #most: number;
  /** Time, value, time, value, … of each series; the number of samples that fit is a power of two. */
  #rings: (Float64Array | undefined)[] = [];
  /** Place of the oldest sample in its ring, and how many there are. */
  #head = new Uint32Array(INITIAL_SERIES);
  #count = new Uint32Array(INITIAL_SERIES);
  #greatest = new Float64Array(INITIAL_SERIES).fill(Number.NEGATIVE_INFINITY);
  /** Greatest time that is no longer remembered: whatever is not later cannot be judged. */
  #forgotten = new Float64Array(INITIAL_SERIES).fill(Number.NEGATIVE_INFINITY);
  #seen = 0;
  #capacity: number;
  /** Samples have come before the first, nobody knows which. */
  #isCut: boolean;

  /** `most` is a power of two. */
  constructor(
    budget: number,
    { isCut = false, most = MOST_PER_SERIES }: { readonly isCut?: boolean; readonly most?: number } = {},
  ) {
    if (!Number.isInteger(Math.log2(most)) || most < LEAST_PER_SERIES || most > MOST_PER_SERIES) {
      throw new RangeError(`most ${most} is not a power of two from ${LEAST_PER_SERIES} to ${MOST_PER_SERIES}`);
    }
    this.#budget = budget;
    this.#most = most;
    this.#capacity = most;
    this.#isCut = isCut;
  }

  add(series: number, time: number, value: number): 'new' | 'repeat' | 'correction' | 'older' {
    if (this.#isCut && !this.#rings[series]) this.#beginCut(series, time);
    let ring = this.#ring(series);
    const count = this.#count[series];
    if (time <= this.#forgotten[series]) return 'older';
    // Most come in order.
    let place = time > this.#greatest[series] ? count : this.#lowerBound(series, ring, time);
    if (place < count) {
      const at = this.#at(series, ring, place);
      if (ring[at] === time) {
        if (Object.is(ring[at + 1], value)) return 'repeat';
        ring[at + 1] = value;
        return 'correction';
      }
    }
    if (count === this.#capacity) {
      if (place === 0) {
        this.#forgotten[series] = time;
        return 'older';
      }
      this.#forget(series, ring, 1);
      place--;
    }
    ring = this.#reserve(series, ring, this.#count[series] + 1);
    this.#insert(series, ring, { place, time, value });
    return 'new';
  }

  append(series: number, time: Float64Array, value: Float64Array, from: number, to: number): void {
    if (from >= to) return;
    if (this.#isCut && !this.#rings[series]) this.#beginCut(series, time[from++]);
    let ring = this.#ring(series);
    const start = Math.max(from, to - this.#capacity);
    const excess = this.#count[series] + (to - start) - this.#capacity;
    if (excess > 0) this.#forget(series, ring, excess);
    if (start > from) this.#forgotten[series] = time[start - 1];
    ring = this.#reserve(series, ring, this.#count[series] + (to - start));
    const mask = ring.length - 1;
    let at = this.#at(series, ring, this.#count[series]);
    for (let i = start; i < to; i++) {
      ring[at] = time[i];
      ring[at + 1] = value[i];
      at = (at + 2) & mask;
    }
    this.#count[series] += to - start;
    if (start < to) this.#greatest[series] = time[to - 1];
  }

  greatest(series: number): number {
    return series < this.#greatest.length ? this.#greatest[series] : Number.NEGATIVE_INFINITY;
  }

  reaches(series: number, from: number): boolean {
    const ring = this.#rings[series];
    if (!ring) return !this.#isCut;
    this.#trim(series, ring);
    return from > this.#forgotten[series];
  }

  visit(series: number, from: number, to: number, visit: (time: number, value: number) => void): void {
    const known = this.#rings[series];
    if (!known) return;
    const ring = this.#trim(series, known);
    const count = this.#count[series];
    for (let place = this.#lowerBound(series, ring, from); place < count; place++) {
      const at = this.#at(series, ring, place);
      if (ring[at] >= to) return;
      visit(ring[at], ring[at + 1]);
    }
  }

  image(index: (series: number) => number): RecentImage {
    const ids: number[] = [];
    let samples = 0;
    this.#rings.forEach((ring, id) => {
      if (!ring) return;
      this.#trim(id, ring);
      ids.push(id);
      samples += this.#count[id];
    });
    const times = new Float64Array(samples);
    const values = new Float64Array(samples);
    let to = 0;
    for (const id of ids) {
      this.visit(id, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, (time, value) => {
        times[to] = time;
        values[to++] = value;
      });
    }
    return {
      kind: 'recent',
      series: Uint32Array.from(ids, index),
      counts: Uint32Array.from(ids, (id) => this.#count[id]),
      forgotten: Float64Array.from(ids, (id) => this.#forgotten[id]),
      times,
      values,
      ...(this.#isCut && { isCut: true }),
    };
  }

  restore(image: PartImage, ids: Uint32Array): void {
    if (image.kind !== 'recent') throw new StateMismatchError(`expected recent, found ${image.kind}`);
    this.#rings = [];
    this.#greatest.fill(Number.NEGATIVE_INFINITY);
    this.#forgotten.fill(Number.NEGATIVE_INFINITY);
    this.#count.fill(0);
    this.#seen = 0;
    this.#capacity = this.#most;
    this.#isCut = false;
    for (const series of image.series) this.#ring(ids[series]);
    let from = 0;
    for (let i = 0; i < image.series.length; i++) {
      const id = ids[image.series[i]];
      this.append(id, image.times, image.values, from, from + image.counts[i]);
      // More than that where less is remembered now.
      this.#forgotten[id] = Math.max(this.#forgotten[id], image.forgotten[i]);
      from += image.counts[i];
    }
    this.#isCut = image.isCut ?? false;
  }

  /** What is not later than the first sample may have been there before it. */
  #beginCut(series: number, time: number): void {
    this.#ring(series);
    this.#forgotten[series] = time;
    this.#greatest[series] = time;
  }

  #ring(series: number): Float64Array {
    const ring = this.#rings[series];
    return ring ? this.#trim(series, ring) : this.#firstRing(series);
  }

  #firstRing(series: number): Float64Array {
    if (series >= this.#head.length) this.#reserveSeries(series);
    const ring = new Float64Array(2 * LEAST_PER_SERIES);
    this.#rings[series] = ring;
    this.#head[series] = 0;
    this.#seen++;
    const share = 2 ** Math.floor(Math.log2(this.#budget / this.#seen));
    this.#capacity = Math.max(LEAST_PER_SERIES, Math.min(this.#most, share));
    return ring;
  }

  #reserveSeries(series: number): void {
    const size = 2 ** Math.ceil(Math.log2(series + 1));
    this.#head = grown(this.#head, new Uint32Array(size));
    this.#count = grown(this.#count, new Uint32Array(size));
    this.#greatest = grown(this.#greatest, new Float64Array(size).fill(Number.NEGATIVE_INFINITY));
    this.#forgotten = grown(this.#forgotten, new Float64Array(size).fill(Number.NEGATIVE_INFINITY));
  }

  #trim(series: number, ring: Float64Array): Float64Array {
    const excess = this.#count[series] - this.#capacity;
    if (excess <= 0) return ring;
    this.#forget(series, ring, excess);
    return this.#resize(series, ring, this.#capacity);
  }

  /** Index in the ring of the time of the sample at `place`, counted from the oldest. */
  #at(series: number, ring: Float64Array, place: number): number {
    return (2 * (this.#head[series] + place)) & (ring.length - 1);
  }

  /** Place of the first sample whose time is at or after `time`: most that are looked for are among the newest. */
  #lowerBound(series: number, ring: Float64Array, time: number): number {
    let high = this.#count[series];
    let step = 1;
    while (step <= high && ring[this.#at(series, ring, high - step)] >= time) {
      high -= step;
      step *= 2;
    }
    let low = Math.max(0, high - step + 1);
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (ring[this.#at(series, ring, middle)] < time) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #forget(series: number, ring: Float64Array, oldest: number): void {
    this.#forgotten[series] = ring[this.#at(series, ring, oldest - 1)];
    this.#head[series] = (this.#head[series] + oldest) & (ring.length / 2 - 1);
    this.#count[series] -= oldest;
  }

  /** Room is there. Moves whichever side of `place` is shorter. */
  #insert(
    series: number,
    ring: Float64Array,
    { place, time, value }: { place: number; time: number; value: number },
  ): void {
    const count = this.#count[series];
    if (place < count >>> 1) {
      this.#head[series] = (this.#head[series] - 1) & (ring.length / 2 - 1);
      for (let i = 0; i < place; i++) this.#move(series, ring, i + 1, i);
    } else {
      for (let i = count; i > place; i--) this.#move(series, ring, i - 1, i);
    }
    const at = this.#at(series, ring, place);
    ring[at] = time;
    ring[at + 1] = value;
    this.#count[series] = count + 1;
    if (time > this.#greatest[series]) this.#greatest[series] = time;
  }

  #move(series: number, ring: Float64Array, from: number, to: number): void {
    const source = this.#at(series, ring, from);
    const target = this.#at(series, ring, to);
    ring[target] = ring[source];
    ring[target + 1] = ring[source + 1];
  }

  #reserve(series: number, ring: Float64Array, samples: number): Float64Array {
    if (2 * samples <= ring.length) return ring;
    return this.#resize(series, ring, Math.min(this.#capacity, 2 ** Math.ceil(Math.log2(samples))));
  }

  #resize(series: number, ring: Float64Array, samples: number): Float64Array {
    const resized = new Float64Array(2 * samples);
    const count = this.#count[series];
    for (let place = 0; place < count; place++) {
      const at = this.#at(series, ring, place);
      resized[2 * place] = ring[at];
      resized[2 * place + 1] = ring[at + 1];
    }
    // Rings live long and grow by doubling: left to V8, as much again would lie about as garbage.
    letGo(ring);
    this.#rings[series] = resized;
    this.#head[series] = 0;
    return resized;
  }
}

function grown<A extends Uint32Array | Float64Array>(from: A, to: A): A {
  to.set(from);
  return to;
}
