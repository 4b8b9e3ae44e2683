import { type Columns, Lately, letGoOfRows, plainColumns, sliceRows } from '@sluis/protocol';

/** Memory for so many rows is kept for the next time: more than a commit has by rule, less than a burst may bring. */
const KEPT_ROWS = 2 ** 18;
const FIRST_ROWS = 2 ** 12;
/** Memory so many times as large as commits lately had rows is given back: a burst is over. */
const TOO_LARGE = 4;

/** True if rows are no more than series, time, value and quality. */
export function isPlain({ kind, integer, text, revision }: Columns): boolean {
  return !kind && !integer && !text && !revision;
}

/**
 * Plain rows copied into memory that is used again and again. To hold on to the arrays of each batch instead would let them
 * grow old: V8 then collects them only once there are 64 MB of them.
 */
export class GatheredRows {
  #columns = plainColumns(FIRST_ROWS);
  #length = 0;
  readonly #lately = new Lately();

  get length(): number {
    return this.#length;
  }

  add({ length, series, time, value, quality }: Columns): void {
    this.#reserve(this.#length + length);
    this.#columns.series.set(series, this.#length);
    this.#columns.time.set(time, this.#length);
    this.#columns.value.set(value, this.#length);
    this.#columns.quality.set(quality, this.#length);
    this.#length += length;
  }

  /** All rows; they are only valid until the next `add` or `clear`. */
  get rows(): Columns {
    return sliceRows(this.#columns, 0, this.#length);
  }

  clear(): void {
    const wanted = Math.max(FIRST_ROWS, powerOfTwo(this.#lately.most(this.#length)));
    this.#length = 0;
    const has = this.#columns.length;
    if (has <= KEPT_ROWS && has < TOO_LARGE * wanted) return;
    letGoOfRows(this.#columns);
    this.#columns = plainColumns(Math.min(wanted, KEPT_ROWS));
  }

  #reserve(rows: number): void {
    if (rows <= this.#columns.length) return;
    const outgrown = this.#columns;
    const { series, time, value, quality } = this.rows;
    this.#columns = plainColumns(powerOfTwo(rows));
    this.#columns.series.set(series);
    this.#columns.time.set(time);
    this.#columns.value.set(value);
    this.#columns.quality.set(quality);
    letGoOfRows(outgrown);
  }
}

/** The least that is not less. */
function powerOfTwo(rows: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(1, rows)));
}
