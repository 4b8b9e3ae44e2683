import type { RowTable } from '../state.ts';
import { copied } from './copied.ts';
import { type Part, type PartImage, type RowsImage, StateLimitError, StateMismatchError } from './image.ts';

const INITIAL_ROWS = 64;
const MAX_ROWS = 2 ** 20;
const NONE = -1;
const noRows: readonly number[] = [];

/** Rows keep their index until removed; free indexes are used again, so order of `add` is kept by links. */
export class LinkedRowTable<Field extends string> implements RowTable<Field>, Part {
  readonly columns: Record<Field, Float64Array>;
  owner = new Uint32Array(INITIAL_ROWS);
  size = 0;
  readonly #fields: readonly Field[];
  /** The columns, to be gone through without their names. */
  #all: readonly Float64Array[];
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
    this.columns = Object.fromEntries(fields.map((field) => [field, new Float64Array(INITIAL_ROWS)])) as Record<
      Field,
      Float64Array
    >;
    this.#all = Object.values(this.columns);
  }

  add(series: number): number {
    if (this.size >= MAX_ROWS)
      throw new StateLimitError(`more than ${MAX_ROWS} rows: an operator must bound them itself`);
    const row = this.#free.pop() ?? this.#used++;
    if (row >= this.owner.length) this.#grow();
    for (const column of this.#all) column[row] = 0;
    this.owner[row] = series;
    this.#previous[row] = this.#last;
    this.#next[row] = NONE;
    if (this.#last === NONE) this.#first = row;
    else this.#next[this.#last] = row;
    this.#last = row;
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
    const previous = this.#previous[row];
    const next = this.#next[row];
    if (previous === NONE) this.#first = next;
    else this.#next[previous] = next;
    if (next === NONE) this.#last = previous;
    else this.#previous[next] = previous;
    this.#free.push(row);
    this.size--;
  }

  of(series: number): readonly number[] {
    return this.#of[series] ?? noRows;
  }

  /** The row that it is at may be removed while iterating. */
  *[Symbol.iterator](): Iterator<number> {
    for (let row = this.#first; row !== NONE;) {
      const next = this.#next[row];
      yield row;
      row = next;
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
    const size = this.owner.length * 2;
    this.owner = copied(this.owner, new Uint32Array(size));
    this.#next = copied(this.#next, new Int32Array(size));
    this.#previous = copied(this.#previous, new Int32Array(size));
    for (const field of this.#fields) this.columns[field] = copied(this.columns[field], new Float64Array(size));
    this.#all = Object.values(this.columns);
  }
}
