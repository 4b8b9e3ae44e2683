import type { Rings } from '../state.ts';
import { copied } from './copied.ts';
import { type Part, type PartImage, type RingImage, StateMismatchError } from './image.ts';

const INITIAL_SERIES = 64;
const INITIAL_ROWS = 256;
/** Rows of the smallest block; a larger one is twice as long as the next smaller, or as long as the capacity. */
const LEAST_BLOCK = 4;
/** Rows over all series. */
export const DEFAULT_LIMIT = 2 ** 20;

/**
 * Each series has a block of rows, which is exchanged for one twice as long when it is full, and for one half as long when three
 * quarters of it are empty. What can be seen follows from the rows alone, never from where they are.
 *
 * A row's fields lie side by side, so that to add rows of one of many series touches little memory: the columns are one array, seen
 * from the first row's field on, and a row's index is that of its first field.
 */
export class SeriesRings<Field extends string> implements Rings<Field>, Part {
  readonly columns: Record<Field, Float64Array>;
  readonly stride: number;
  readonly #fields: readonly Field[];
  /** All rows, of which each is `stride` fields. */
  #all = new Float64Array(0);
  readonly #capacity: number;
  readonly #limit: number;
  /** By series: its block, the place of its oldest row in that, and how many rows there are. */
  #start = new Uint32Array(INITIAL_SERIES);
  #size = new Uint32Array(INITIAL_SERIES);
  #head = new Uint32Array(INITIAL_SERIES);
  #count = new Uint32Array(INITIAL_SERIES);
  #rows = 0;
  /** Rows of the columns that were ever part of a block, and the blocks among them that are free, by size. */
  #used = 0;
  #free = new Map<number, number[]>();

  constructor({
    capacity,
    fields,
    limit = DEFAULT_LIMIT,
  }: {
    readonly capacity: number;
    readonly fields: readonly Field[];
    readonly limit?: number;
  }) {
    if (!Number.isSafeInteger(capacity) || capacity < 1) throw new RangeError(`capacity ${capacity} is not 1 or more`);
    this.#capacity = capacity;
    this.#fields = fields;
    // A share of what there is room for: rows are whole.
    this.#limit = Math.floor(limit);
    this.stride = Math.max(1, fields.length);
    this.columns = {} as Record<Field, Float64Array>;
    this.#grow(INITIAL_ROWS);
  }

  count(series: number): number {
    return series < this.#count.length ? this.#count[series] : 0;
  }

  push(series: number): number | undefined {
    this.#reserveSeries(series);
    const isFull = this.#count[series] === this.#capacity;
    if (isFull) this.#forget(series, 1);
    else if (this.#rows >= this.#limit) return undefined;
    if (this.#count[series] === this.#size[series]) {
      this.#move(series, Math.min(this.#capacity, Math.max(LEAST_BLOCK, this.#size[series] * 2)));
    }
    const row = this.#row(series, this.#count[series]);
    this.#count[series]++;
    this.#rows++;
    this.#all.fill(0, row, row + this.stride);
    return row;
  }

  append(series: number, rows: Readonly<Partial<Record<Field, ArrayLike<number>>>>, from: number, to: number): number {
    const given = to - from;
    if (given <= 0) return 0;
    this.#reserveSeries(series);
    const before = this.#count[series];
    const more = Math.max(0, Math.min(given, this.#capacity - before, this.#limit - this.#rows));
    const taken = before + more === this.#capacity ? given : more;
    if (taken === 0) return 0;
    // Of more than a series may have, the newest stay.
    const kept = Math.min(taken, this.#capacity);
    if (kept > more) this.#forget(series, kept - more);
    const first = this.#count[series];
    const needed = first + kept;
    if (needed > this.#size[series]) this.#move(series, this.#sizeFor(needed));
    this.#count[series] = needed;
    this.#rows += kept;
    const start = from + taken - kept;
    for (let done = 0; done < kept;) {
      const row = this.#row(series, first + done);
      const length = Math.min(kept - done, this.stretch(series, first + done));
      for (let i = 0; i < this.#fields.length; i++) {
        writeField(this.#all, { at: row + i, stride: this.stride, length }, rows[this.#fields[i]], start + done);
      }
      done += length;
    }
    return taken;
  }

  stretch(series: number, place: number): number {
    const left = this.count(series) - place;
    if (!(left > 0)) return 0;
    const at = this.#head[series] + place;
    const size = this.#size[series];
    return at < size ? Math.min(left, size - at) : left;
  }

  at(series: number, place: number): number {
    if (!(place >= 0 && place < this.count(series))) {
      throw new RangeError(`there is no row ${place}: the series has ${this.count(series)}`);
    }
    return this.#row(series, place);
  }

  drop(series: number, rows: number): void {
    if (!(rows >= 0 && rows <= this.count(series))) {
      throw new RangeError(`${rows} rows cannot be dropped: the series has ${this.count(series)}`);
    }
    if (rows === 0) return;
    this.#forget(series, rows);
    const count = this.#count[series];
    if (count === 0) this.#move(series, 0);
    else if (count * 4 <= this.#size[series]) this.#move(series, Math.max(LEAST_BLOCK, count * 2));
  }

  image(index: (series: number) => number): RingImage {
    const ids: number[] = [];
    const rows: number[] = [];
    for (let id = 0; id < this.#count.length; id++) {
      if (this.#count[id] === 0) continue;
      ids.push(id);
      for (let place = 0; place < this.#count[id]; place++) rows.push(this.#row(id, place));
    }
    return {
      kind: 'ring',
      series: Uint32Array.from(ids, index),
      counts: Uint32Array.from(ids, (id) => this.#count[id]),
      columns: Object.fromEntries(
        this.#fields.map((field) => [field, Float64Array.from(rows, (row) => this.columns[field][row])]),
      ),
    };
  }

  restore(image: PartImage, ids: Uint32Array): void {
    if (image.kind !== 'ring') throw new StateMismatchError(`expected ring, found ${image.kind}`);
    this.#size.fill(0);
    this.#head.fill(0);
    this.#count.fill(0);
    this.#rows = 0;
    this.#used = 0;
    this.#free = new Map();
    let from = 0;
    image.series.forEach((series, i) => {
      for (const end = from + image.counts[i]; from < end; from++) {
        const row = this.push(ids[series]);
        if (row === undefined) throw new StateMismatchError(`the ring has room for ${from} rows only`);
        for (const field of this.#fields) this.columns[field][row] = image.columns[field]?.[from] ?? 0;
      }
    });
  }

  #sizeFor(rows: number): number {
    let size = LEAST_BLOCK;
    while (size < rows) size *= 2;
    return Math.min(this.#capacity, size);
  }

  #row(series: number, place: number): number {
    const at = this.#head[series] + place;
    const size = this.#size[series];
    return (this.#start[series] + (at < size ? at : at - size)) * this.stride;
  }

  #forget(series: number, rows: number): void {
    const head = this.#head[series] + rows;
    const size = this.#size[series];
    this.#head[series] = head < size ? head : head - size;
    this.#count[series] -= rows;
    this.#rows -= rows;
  }

  /** Gives the series a block of another size. */
  #move(series: number, size: number): void {
    const start = size === 0 ? 0 : this.#block(size);
    const count = this.#count[series];
    for (let place = 0; place < count;) {
      const row = this.#row(series, place);
      const length = this.stretch(series, place);
      this.#all.copyWithin((start + place) * this.stride, row, row + length * this.stride);
      place += length;
    }
    const left = this.#size[series];
    if (left > 0) this.#freeBlocks(left).push(this.#start[series]);
    this.#start[series] = start;
    this.#size[series] = size;
    this.#head[series] = 0;
  }

  #block(size: number): number {
    const free = this.#freeBlocks(size).pop();
    if (free !== undefined) return free;
    const start = this.#used;
    this.#used += size;
    if (this.#used * this.stride > this.#all.length) this.#grow(2 ** Math.ceil(Math.log2(this.#used)));
    return start;
  }

  #grow(rows: number): void {
    this.#all = copied(this.#all, new Float64Array(rows * this.stride));
    this.#fields.forEach((field, i) => (this.columns[field] = this.#all.subarray(i)));
  }

  #freeBlocks(size: number): number[] {
    const known = this.#free.get(size);
    if (known) return known;
    const blocks: number[] = [];
    this.#free.set(size, blocks);
    return blocks;
  }

  #reserveSeries(series: number): void {
    if (series < this.#count.length) return;
    const length = 2 ** Math.ceil(Math.log2(series + 1));
    this.#start = copied(this.#start, new Uint32Array(length));
    this.#size = copied(this.#size, new Uint32Array(length));
    this.#head = copied(this.#head, new Uint32Array(length));
    this.#count = copied(this.#count, new Uint32Array(length));
  }
}

/** Zeros where nothing is given. */
function writeField(
  all: Float64Array,
  to: { readonly at: number; readonly stride: number; readonly length: number },
  from: ArrayLike<number> | undefined,
  start: number,
): void {
  const { at, stride, length } = to;
  if (from) for (let i = 0; i < length; i++) all[at + i * stride] = from[start + i];
  else for (let i = 0; i < length; i++) all[at + i * stride] = 0;
}
