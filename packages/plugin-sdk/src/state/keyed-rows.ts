import type { KeyedRows } from '../state.ts';
import { copied } from './copied.ts';
import { type MapImage, type Part, type PartImage, StateMismatchError } from './image.ts';

const INITIAL_ROWS = 16;
const DEFAULT_CAPACITY = 65_536;
const MAX_KEY_UNITS = 1024;
/** UTF-16 code units of all keys: 16 MiB. */
const MAX_UNITS = 2 ** 23;

/** Rows keep their index until removed; free indexes are used again. A Map keeps the order of `open`. */
export class KeyedTable<Field extends string> implements KeyedRows<Field>, Part {
  readonly columns: Record<Field, Float64Array>;
  readonly #fields: readonly Field[];
  readonly #capacity: number;
  #rows = new Map<string, number>();
  #keys: (string | undefined)[] = [];
  #free: number[] = [];
  #units = 0;

  constructor(fields: readonly Field[], { capacity = DEFAULT_CAPACITY }: { readonly capacity?: number } = {}) {
    if (!Number.isSafeInteger(capacity) || capacity < 1) throw new RangeError(`capacity ${capacity} is not 1 or more`);
    this.#fields = fields;
    this.#capacity = capacity;
    this.columns = Object.fromEntries(fields.map((field) => [field, new Float64Array(INITIAL_ROWS)])) as Record<
      Field,
      Float64Array
    >;
  }

  get size(): number {
    return this.#rows.size;
  }

  find(key: string): number | undefined {
    return this.#rows.get(key);
  }

  open(key: string): number | undefined {
    const known = this.#rows.get(key);
    if (known !== undefined) return known;
    const isRefused =
      this.#rows.size >= this.#capacity || key.length > MAX_KEY_UNITS || this.#units + key.length > MAX_UNITS;
    if (isRefused) return undefined;
    const row = this.#free.pop() ?? this.#keys.length;
    this.#reserve(row);
    for (const field of this.#fields) this.columns[field][row] = 0;
    this.#keys[row] = key;
    this.#rows.set(key, row);
    this.#units += key.length;
    return row;
  }

  keyOf(row: number): string {
    const key = this.#keys[row];
    if (key === undefined) throw new RangeError(`row ${row} is not in the map`);
    return key;
  }

  remove(row: number): void {
    const key = this.keyOf(row);
    this.#rows.delete(key);
    this.#keys[row] = undefined;
    this.#free.push(row);
    this.#units -= key.length;
  }

  /** Rows may be removed while iterating. */
  [Symbol.iterator](): Iterator<number> {
    return this.#rows.values();
  }

  image(): MapImage {
    const rows = [...this];
    return {
      kind: 'map',
      keys: [...this.#rows.keys()],
      columns: Object.fromEntries(
        this.#fields.map((field) => [field, Float64Array.from(rows, (row) => this.columns[field][row])]),
      ),
    };
  }

  restore(image: PartImage): void {
    if (image.kind !== 'map') throw new StateMismatchError(`expected map, found ${image.kind}`);
    this.#rows = new Map();
    this.#keys = [];
    this.#free = [];
    this.#units = 0;
    image.keys.forEach((key, i) => {
      const row = this.open(key);
      if (row === undefined) throw new StateMismatchError(`the map has room for ${i} of ${image.keys.length} keys`);
      for (const field of this.#fields) this.columns[field][row] = image.columns[field]?.[i] ?? 0;
    });
  }

  #reserve(row: number): void {
    for (const field of this.#fields) {
      const column = this.columns[field];
      if (row < column.length) return;
      this.columns[field] = copied(column, new Float64Array(column.length * 2));
    }
  }
}
