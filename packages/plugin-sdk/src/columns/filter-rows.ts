import { type Columns, takeRows } from '@sluis/protocol';

/** Used again by each call; a call that is made while another one filters takes memory of its own. */
let lent = new Uint32Array(0);

/** The rows for which `test` is true, of whatever kind, with all that their batch carries: the very batch if all are. */
export function filterRows<Rows extends Columns>(rows: Rows, test: (row: number) => boolean): Rows {
  const { length } = rows;
  const kept = lent.length >= length ? lent : new Uint32Array(length);
  lent = new Uint32Array(0);
  let count = 0;
  for (let row = 0; row < length; row++) if (test(row)) kept[count++] = row;
  lent = kept;
  return count === length ? rows : takeRows(rows, kept, count);
}
