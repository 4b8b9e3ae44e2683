import type { RecentSamples } from '../state.ts';
import { type Part, type PartImage, type RecentImage, StateMismatchError } from './image.ts';

/** However many series share the budget, each remembers this many, so that a short disorder is always put right. */
const LEAST_PER_SERIES = 16;
/** However few series share it: bounds the work of putting one sample in its place. */
const MOST_PER_SERIES = 65_536;

/** Samples of one series in order of time, oldest at `head`; the arrays' length is a power of two. */
interface Ring {
  times: Float64Array;
  values: Float64Array;
  head: number;
  count: number;
  /** Greatest time that is no longer remembered: whatever is not later cannot be judged. */
  forgotten: number;
}

/**
 * Capacity of a series = budget / series seen, within the limits above. It only shrinks, so that trimming a series when
 * it is next touched leaves what trimming all of them at once would have left: the newest.
 */
export class SortedRings implements RecentSamples, Part {
  readonly #budget: number;
  #rings: (Ring | undefined)[] = [];
  #seen = 0;
  #capacity = MOST_PER_SERIES;

  constructor(budget: number) {
    this.#budget = budget;
  }

  add(series: number, time: number, value: number): 'new' | 'repeat' | 'correction' | 'older' {
    const ring = this.#ring(series);
    const { count } = ring;
    if (time <= ring.forgotten) return 'older';
    const place = lowerBound(ring, time);
    if (place < count) {
      const at = (ring.head + place) & (ring.times.length - 1);
      if (ring.times[at] === time) {
        if (Object.is(ring.values[at], value)) return 'repeat';
        ring.values[at] = value;
        return 'correction';
      }
    }
    if (count < this.#capacity) {
      reserve(ring, count + 1, this.#capacity);
      insert(ring, place, time, value);
    } else if (place === 0) {
      ring.forgotten = time;
      return 'older';
    } else {
      forget(ring, 1);
      insert(ring, place - 1, time, value);
    }
    return 'new';
  }

  append(series: number, time: Float64Array, value: Float64Array, from: number, to: number): void {
    if (from >= to) return;
    const ring = this.#ring(series);
    const capacity = this.#capacity;
    let start = from;
    if (to - from > capacity) {
      start = to - capacity;
      ring.head = 0;
      ring.count = 0;
      ring.forgotten = time[start - 1];
    }
    const excess = ring.count + (to - start) - capacity;
    if (excess > 0) forget(ring, excess);
    reserve(ring, ring.count + (to - start), capacity);
    const { times, values } = ring;
    const mask = times.length - 1;
    let at = (ring.head + ring.count) & mask;
    for (let i = start; i < to; i++) {
      times[at] = time[i];
      values[at] = value[i];
      at = (at + 1) & mask;
    }
    ring.count += to - start;
  }

  greatest(series: number): number {
    const ring = this.#rings[series];
    if (!ring) return Number.NEGATIVE_INFINITY;
    return ring.times[(ring.head + ring.count - 1) & (ring.times.length - 1)];
  }

  reaches(series: number, from: number): boolean {
    const ring = this.#rings[series];
    if (!ring) return true;
    this.#trim(ring);
    return from > ring.forgotten;
  }

  visit(series: number, from: number, to: number, visit: (time: number, value: number) => void): void {
    const ring = this.#rings[series];
    if (!ring) return;
    this.#trim(ring);
    const mask = ring.times.length - 1;
    for (let place = lowerBound(ring, from); place < ring.count; place++) {
      const at = (ring.head + place) & mask;
      if (ring.times[at] >= to) return;
      visit(ring.times[at], ring.values[at]);
    }
  }

  image(index: (series: number) => number): RecentImage {
    const ids: number[] = [];
    const series: number[] = [];
    let samples = 0;
    for (let id = 0; id < this.#rings.length; id++) {
      const ring = this.#rings[id];
      if (!ring) continue;
      this.#trim(ring);
      ids.push(id);
      series.push(index(id));
      samples += ring.count;
    }
    const rings = ids.map((id) => this.#rings[id]).filter((ring) => ring !== undefined);
    const times = new Float64Array(samples);
    const values = new Float64Array(samples);
    let to = 0;
    for (const ring of rings) {
      const { head, count } = ring;
      const untilWrap = Math.min(count, ring.times.length - head);
      for (const [from, into] of [
        [ring.times, times],
        [ring.values, values],
      ] as const) {
        into.set(from.subarray(head, head + untilWrap), to);
        into.set(from.subarray(0, count - untilWrap), to + untilWrap);
      }
      to += count;
    }
    return {
      kind: 'recent',
      series: Uint32Array.from(series),
      counts: Uint32Array.from(rings, (ring) => ring.count),
      forgotten: Float64Array.from(rings, (ring) => ring.forgotten),
      times,
      values,
    };
  }

  restore(image: PartImage, ids: Uint32Array): void {
    if (image.kind !== 'recent') throw new StateMismatchError(`expected recent, found ${image.kind}`);
    this.#rings = [];
    this.#seen = 0;
    this.#capacity = MOST_PER_SERIES;
    let from = 0;
    for (let i = 0; i < image.series.length; i++) {
      const count = image.counts[i];
      const ring = this.#ring(ids[image.series[i]]);
      reserve(ring, count, MOST_PER_SERIES);
      ring.times.set(image.times.subarray(from, from + count));
      ring.values.set(image.values.subarray(from, from + count));
      ring.count = count;
      ring.forgotten = image.forgotten[i];
      from += count;
    }
  }

  #ring(series: number): Ring {
    let ring = this.#rings[series];
    if (ring) {
      this.#trim(ring);
      return ring;
    }
    ring = {
      times: new Float64Array(LEAST_PER_SERIES),
      values: new Float64Array(LEAST_PER_SERIES),
      head: 0,
      count: 0,
      forgotten: Number.NEGATIVE_INFINITY,
    };
    this.#rings[series] = ring;
    this.#seen++;
    this.#capacity = Math.max(LEAST_PER_SERIES, Math.min(MOST_PER_SERIES, Math.floor(this.#budget / this.#seen)));
    return ring;
  }

  #trim(ring: Ring): void {
    if (ring.count <= this.#capacity) return;
    forget(ring, ring.count - this.#capacity);
    if (ring.times.length >= this.#capacity * 4) resize(ring, this.#capacity);
  }
}

/** Place of the first sample whose time is at or after `time`. */
function lowerBound(ring: Ring, time: number): number {
  const { times, head } = ring;
  const mask = times.length - 1;
  let low = 0;
  let high = ring.count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (times[(head + middle) & mask] < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

function forget(ring: Ring, oldest: number): void {
  const mask = ring.times.length - 1;
  ring.forgotten = ring.times[(ring.head + oldest - 1) & mask];
  ring.head = (ring.head + oldest) & mask;
  ring.count -= oldest;
}

/** Room is there. Moves whichever side of `place` is shorter. */
function insert(ring: Ring, place: number, time: number, value: number): void {
  const { times, values, count } = ring;
  const mask = times.length - 1;
  if (place < count >>> 1) {
    ring.head = (ring.head - 1) & mask;
    for (let i = 0; i < place; i++) move(ring, i + 1, i);
  } else {
    for (let i = count; i > place; i--) move(ring, i - 1, i);
  }
  const at = (ring.head + place) & mask;
  times[at] = time;
  values[at] = value;
  ring.count++;
}

function move(ring: Ring, from: number, to: number): void {
  const mask = ring.times.length - 1;
  const source = (ring.head + from) & mask;
  const target = (ring.head + to) & mask;
  ring.times[target] = ring.times[source];
  ring.values[target] = ring.values[source];
}

function reserve(ring: Ring, samples: number, capacity: number): void {
  if (samples > ring.times.length) resize(ring, Math.min(capacity, samples * 2));
}

function resize(ring: Ring, samples: number): void {
  const length = 2 ** Math.ceil(Math.log2(Math.max(samples, LEAST_PER_SERIES)));
  const times = new Float64Array(length);
  const values = new Float64Array(length);
  const mask = ring.times.length - 1;
  for (let i = 0; i < ring.count; i++) {
    const at = (ring.head + i) & mask;
    times[i] = ring.times[at];
    values[i] = ring.values[at];
  }
  ring.times = times;
  ring.values = values;
  ring.head = 0;
}
