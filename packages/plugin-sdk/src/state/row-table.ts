import type { RowTable } from '../state.ts';
import { copied } from './copied.ts';
import { type Part, type PartImage, type RowsImage, StateLimitError, StateMismatchError } from './image.ts';

const INITIAL_ROWS = 64;
const MAX_ROWS = 2 ** 20;
const NONE = -1;
const noRows: readonly number[] = [];

/**
 * Rows keep their index until removed; free indexes are used again, so order of `add` is kept by links.
 *
 * A row's owner and fields lie side by side, so that to look at one of many touches little memory: the columns are one array, seen from
 * the first row's field on, and a row's index is a multiple of how many there are of them.
 */
export class LinkedRowTable<Field extends string> implements RowTable<Field>, Part {
  readonly columns: Record<Field, Float64Array>;
  owner: Float64Array;
  size = 0;
  readonly #fields: readonly Field[];
  readonly #stride: number;
  #all: Float64Array;
  /** By index divided by the stride. */
  #next = new Int32Array(INITIAL_ROWS);
  #previous = new Int32Array(INITIAL_ROWS);
  #first = NONE;
  #last = NONE;
  /** Rows ever used; those of them that are free now. */
  #used = 0;
  #free: number[] = [];
  #of: (number[] | undefined)[] = [];

  constructor(fields: readonly Field[]) {
    this.#fields = fields;
    this.#stride = 1 + fields.length;
    this.#all = new Float64Array(INITIAL_ROWS * this.#stride);
    this.owner = this.#all;
    this.columns = {} as Record<Field, Float64Array>;
    this.#seeColumns();
  }

  add(series: number): number {
    if (this.size >= MAX_ROWS)
      throw new StateLimitError(`more than ${MAX_ROWS} rows: an operator must bound them itself`);
    const place = this.#free.pop() ?? this.#used++;
    if (place >= this.#next.length) this.#grow();
    const row = place * this.#stride;
    this.#all.fill(0, row, row + this.#stride);
    this.owner[row] = series;
    this.#previous[place] = this.#last;
    this.#next[place] = NONE;
    if (this.#last === NONE) this.#first = place;
    else this.#next[this.#last] = place;
    this.#last = place;
    const rows = this.#of[series];
    if (rows) rows.push(row);
    else this.#of[series] = [row];
    this.size++;
    return row;
  }

  remove(row: number): void {
    const rows = this.#of[this.owner[row]];
    const at = rows?.indexOf(row) ?? NONE;
    if (!rows || at === NONE) throw new RangeError(`row ${row} is not in the table`);
    rows.splice(at, 1);
    const place = row / this.#stride;
    const previous = this.#previous[place];
    const next = this.#next[place];
    if (previous === NONE) this.#first = next;
    else this.#next[previous] = next;
    if (next === NONE) this.#last = previous;
    else this.#previous[next] = previous;
    this.#free.push(place);
    this.size--;
  }

  of(series: number): readonly number[] {
    return this.#of[series] ?? noRows;
  }

  /** The row that it is at may be removed while iterating. */
  *[Symbol.iterator](): Iterator<number> {
    for (let place = this.#first; place !== NONE;) {
      const next = this.#next[place];
      yield place * this.#stride;
      place = next;
    }
  }

  image(index: (series: number) => number): RowsImage {
    const rows = [...this];
    return {
      kind: 'rows',
      owner: Uint32Array.from(rows, (row) => index(this.owner[row])),
      columns: Object.fromEntries(
        this.#fields.map((field) => [field, Float64Array.from(rows, (row) => this.columns[field][row])]),
      ),
    };
  }

  restore(image: PartImage, ids: Uint32Array): void {
    if (image.kind !== 'rows') throw new StateMismatchError(`expected rows, found ${image.kind}`);
    this.#of = [];
    this.#free = [];
    this.#used = 0;
    this.#first = NONE;
    this.#last = NONE;
    this.size = 0;
    for (let i = 0; i < image.owner.length; i++) {
      const row = this.add(ids[image.owner[i]]);
      for (const field of this.#fields) this.columns[field][row] = image.columns[field]?.[i] ?? 0;
    }
  }

  #grow(): void {
    const rows = this.#next.length * 2;
    this.#next = copied(this.#next, new Int32Array(rows));
    this.#previous = copied(this.#previous, new Int32Array(rows));
    this.#all = copied(this.#all, new Float64Array(rows * this.#stride));
    this.#seeColumns();
  }

  #seeColumns(): void {
    this.owner = this.#all;
    this.#fields.forEach((field, i) => (this.columns[field] = this.#all.subarray(1 + i)));
  }
}
