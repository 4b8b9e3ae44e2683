import { type Columns, plainColumns, sliceRows } from '../batch.ts';

/** Memory for so many rows is kept for the next time: more than a commit has by rule, less than a burst may bring. */
const KEPT_ROWS = 2 ** 18;

/** Memory for plain rows, used again and again: see {@link Scratch} for why. */
export class RowsMemory {
  #columns = plainColumns(0);

  /** `length` rows with whatever was left in them; those that were taken before are no longer one's own. */
  take(length: number): Columns {
    if (length > KEPT_ROWS) return plainColumns(length);
    if (length > this.#columns.length) this.#columns = plainColumns(2 ** Math.ceil(Math.log2(length)));
    return sliceRows(this.#columns, 0, length);
  }
}
