import { type Columns, Kind } from '@sluis/protocol';

/**
 * The rows with other values. All that `map` gives are doubles, also where it gives back what it got: it sees a boolean as 0 or 1, and
 * that is what it becomes; a whole number of 64 bits as the nearest double, so that beyond 2^53 digits are lost. Text is not
 * given to it and stays as it is. Quality and revision stay, too: `map` may look at the row's. Who wants to keep kinds keeps rows
 * (`filterRows`) or makes them (`BatchBuilder`, `perSample`).
 */
export function mapValues<Rows extends Columns>(rows: Rows, map: (value: number, row: number) => number): Rows {
  const { length, value, kind } = rows;
  const mapped = new Float64Array(length);
  if (!kind) {
    for (let row = 0; row < length; row++) mapped[row] = map(value[row], row);
    return length === 0 ? rows : { ...rows, value: mapped };
  }
  const kinds = new Uint8Array(length);
  let texts = 0;
  for (let row = 0; row < length; row++) {
    if (kind[row] === Kind.text) {
      kinds[row] = Kind.text;
      mapped[row] = value[row];
      texts++;
    } else mapped[row] = map(value[row], row);
  }
  const numbers = { ...rows, value: mapped, integer: undefined };
  return texts > 0 ? { ...numbers, kind: kinds } : { ...numbers, kind: undefined, text: undefined, texts: undefined };
}
