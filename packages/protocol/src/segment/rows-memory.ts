import { type Columns, letGoOfRows, plainColumns, sliceRows } from '../batch.ts';
import { Lately } from './lately.ts';

/** Memory for so many rows is kept for the next time: more than a commit has by rule, less than a burst may bring. */
const KEPT_ROWS = 2 ** 18;
/** Memory so many times as large as what is wanted is given back. */
const TOO_LARGE = 4;

/** Memory for plain rows, used again and again: see {@link Scratch} for why. What a burst has made of it is not kept. */
export class RowsMemory {
  #columns = plainColumns(0);
  readonly #lately = new Lately();

  /** `length` rows with whatever was left in them; those that were taken before are no longer one's own. */
  take(length: number): Columns {
    if (length > KEPT_ROWS) return plainColumns(length);
    const wanted = 2 ** Math.ceil(Math.log2(Math.max(1, this.#lately.most(length))));
    const has = this.#columns.length;
    if (length > has || has >= TOO_LARGE * wanted) {
      letGoOfRows(this.#columns);
      this.#columns = plainColumns(wanted);
    }
    return sliceRows(this.#columns, 0, length);
  }
}
