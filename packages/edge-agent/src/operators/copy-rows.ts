import { type BatchBuilder, type Columns, Kind } from '@sluis/plugin-sdk';

/** From so many rows on it is faster to copy the memory of a column than row by row. */
const MANY = 16;

/** Adds rows[from..to) to those of a builder, as they are. */
export function copyRows(into: BatchBuilder, rows: Columns, from: number, to: number): void {
  const { series, time, value, quality, kind, revision } = rows;
  if (kind || revision || to - from < MANY) {
    for (let row = from; row < to; row++) copyRow(into, rows, row);
    return;
  }
  into.reserve(to - from);
  into.series.set(series.subarray(from, to), into.length);
  into.time.set(time.subarray(from, to), into.length);
  into.value.set(value.subarray(from, to), into.length);
  into.quality.set(quality.subarray(from, to), into.length);
  into.length += to - from;
}

/** Adds a row to those of a builder, as it is. */
export function copyRow(into: BatchBuilder, rows: Columns, row: number): void {
  const { series, time, value, quality, kind, integer, text, texts, revision } = rows;
  switch (kind?.[row]) {
    case Kind.boolean:
      into.boolean(series[row], time[row], value[row] === 1, quality[row]);
      break;
    case Kind.int64:
      into.integer(series[row], time[row], integer?.[row] ?? 0n, Kind.int64, quality[row]);
      break;
    case Kind.uint64:
      into.integer(series[row], time[row], integer?.[row] ?? 0n, Kind.uint64, quality[row]);
      break;
    case Kind.text:
      into.text(series[row], time[row], texts?.[text?.[row] ?? 0] ?? '', quality[row]);
      break;
    default:
      into.double(series[row], time[row], value[row], quality[row]);
  }
  if (revision && revision[row] > 0) revise(into, revision[row]);
}

/** Gives a revision to the row that was added last. */
export function revise(into: BatchBuilder, revision: number): void {
  into.revision ??= new Uint16Array(into.series.length);
  into.revision[into.length - 1] = revision;
}
