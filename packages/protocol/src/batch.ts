import type { Lane } from './lane.ts';

/**
 * Samples in columns: the shape that sources hand over, operators fold, segments encode and the hub loads.
 *
 * A sample is one row: `(series[i], time[i])` is its identity, the other columns are what was measured. Of two
 * samples with one identity the higher revision wins, then the later in the log; never the later to arrive.
 */
export interface Columns {
  /** Number of rows; every column present has exactly this length. */
  readonly length: number;
  /** Series ids, which belong to one epoch; names are looked up in that epoch's {@link SeriesTable}. */
  readonly series: Uint32Array;
  /** Whole microseconds since 1970 UTC, exact below 2^53. */
  readonly time: Float64Array;
  /** The value as a double: 0 or 1 for booleans, the nearest double for 64-bit integers, NaN for text. */
  readonly value: Float64Array;
  /** One of {@link Quality}. */
  readonly quality: Uint8Array;
  /** One of {@link Kind} per row; absent when every row is a double. */
  readonly kind?: Uint8Array;
  /** The exact value of `int64` rows, and of `uint64` rows as the same 64 bits; 0 elsewhere. Present if `kind` has such rows. */
  readonly integer?: BigInt64Array;
  /** Index into `texts` for `text` rows; 0 elsewhere. Present if `kind` has such rows. */
  readonly text?: Uint32Array;
  /** The distinct texts that `text` refers to. May hold texts that no row refers to any more. */
  readonly texts?: readonly string[];
  /** Revision per row; absent when every row has revision 0. */
  readonly revision?: Uint16Array;
}

/** What a stream's operators receive: rows, and how far the journal and time have come. May have no rows. */
export interface SampleBatch extends Columns {
  /** Journal sequence of the entry that these rows come from. */
  readonly position: number;
  /** The agent's clock in µs as last journaled. A batch whose tick is greater than the one before it *is* the tick, and has no rows of its own. */
  readonly tick: number;
  /** Event time beyond this (tick + declared skew, µs) is a clock gone wrong: such a row moves no watermark. */
  readonly horizon: number;
  /** On a tick: each series whose watermark moved since the tick before, and the greatest event time it has reached. */
  readonly watermarks: Watermarks;
  /** Lane of the outbox for which its rows are meant if they leave as they are; absent: data. */
  readonly lane?: Lane | undefined;
}

/** Parallel arrays: the series and its greatest event time in µs, rows beyond the horizon left out. */
export interface Watermarks {
  readonly series: Uint32Array;
  readonly time: Float64Array;
}

export const Quality = { good: 0, uncertain: 1, bad: 2 } as const;
export type Quality = (typeof Quality)[keyof typeof Quality];
export const qualityNames = ['good', 'uncertain', 'bad'] as const;

export const Kind = { double: 0, boolean: 1, int64: 2, uint64: 3, text: 4 } as const;
export type Kind = (typeof Kind)[keyof typeof Kind];
export const kindNames = ['double', 'boolean', 'int64', 'uint64', 'text'] as const;

/**
 * Longest text of a sample, in bytes of UTF-8. A text is never divided, so a message must hold it with room: sources
 * reject a longer one.
 */
export const MAX_TEXT_BYTES = 256 << 10;
/** Most bytes of UTF-8 that a code unit of a string takes. */
const UNIT_BYTES = 3;

export function isTextTooLong(text: string): boolean {
  return text.length * UNIT_BYTES > MAX_TEXT_BYTES && Buffer.byteLength(text) > MAX_TEXT_BYTES;
}

/** The rows but those whose text {@link isTextTooLong}: the very batch if there are none. */
export function withoutLongTexts<T extends Columns>(rows: T): T {
  const { text, texts, kind, length } = rows;
  if (!text || !texts || !kind) return rows;
  const long = texts.map(isTextTooLong);
  if (!long.includes(true)) return rows;
  const kept = new Uint32Array(length);
  let count = 0;
  for (let i = 0; i < length; i++) if (kind[i] !== Kind.text || !long[text[i]]) kept[count++] = i;
  return count === length ? rows : takeRows(rows, kept, count);
}

/** Series, time, value and quality of a row; the exact value of an integer; a code unit of a text in memory. */
export const columnBytes = { row: 4 + 8 + 8 + 1, integer: 8, unit: 2 } as const;

/** Bytes that the rows take in memory, text included: what bounds on input count. */
export function bytesOf({ length, integer, texts }: Columns): number {
  let bytes = length * columnBytes.row;
  if (integer) bytes += length * columnBytes.integer;
  if (texts) for (const text of texts) bytes += text.length * columnBytes.unit;
  return bytes;
}

export const noWatermarks: Watermarks = { series: new Uint32Array(0), time: new Float64Array(0) };

export const noRows: Columns = plainColumns(0);

/** Memory for so many rows that are no more than series, time, value and quality. */
export function plainColumns(length: number): Columns {
  return {
    length,
    series: new Uint32Array(length),
    time: new Float64Array(length),
    value: new Float64Array(length),
    quality: new Uint8Array(length),
  };
}

/** The rows whose indexes are listed in `rows[0..count)`, in that order. `into` is memory for so many. */
export function takeRows<T extends Columns>(
  batch: T,
  rows: Uint32Array,
  count: number,
  into: Columns = plainColumns(count),
): T {
  const { series, time, value, quality } = into;
  const { series: fromSeries, time: fromTime, value: fromValue, quality: fromQuality } = batch;
  for (let i = 0; i < count; i++) {
    const row = rows[i];
    series[i] = fromSeries[row];
    time[i] = fromTime[row];
    value[i] = fromValue[row];
    quality[i] = fromQuality[row];
  }
  const taken = { ...batch, length: count, series, time, value, quality };
  const { kind, integer, text, revision } = batch;
  return {
    ...taken,
    ...(kind && { kind: gather(kind, new Uint8Array(count), rows) }),
    ...(integer && { integer: gather(integer, new BigInt64Array(count), rows) }),
    ...(text && { text: gather(text, new Uint32Array(count), rows) }),
    ...(revision && { revision: gather(revision, new Uint16Array(count), rows) }),
  };
}

type Column = Uint8Array | Uint16Array | Uint32Array | BigInt64Array;

function gather<C extends Column>(from: C, to: C, rows: Uint32Array): C {
  for (let i = 0; i < to.length; i++) to[i] = from[rows[i]];
  return to;
}

/** The rows `from` to before `to`, which share memory with `rows`. */
export function sliceRows(rows: Columns, from: number, to: number): Columns {
  const { series, time, value, quality, kind, integer, text, texts, revision } = rows;
  return {
    length: to - from,
    series: series.subarray(from, to),
    time: time.subarray(from, to),
    value: value.subarray(from, to),
    quality: quality.subarray(from, to),
    ...(kind && { kind: kind.subarray(from, to) }),
    ...(integer && { integer: integer.subarray(from, to) }),
    ...(text && { text: text.subarray(from, to), texts }),
    ...(revision && { revision: revision.subarray(from, to) }),
  };
}

/**
 * Gives back the memory of an array at once, where V8 would wait until there is some 64 MB of such garbage. Only for who owns
 * all of it: to everybody else the array is empty from here on.
 */
export function letGo({ buffer }: ArrayBufferView): void {
  // Rows without memory may be everybody's: a detached array cannot be copied any more.
  if (buffer instanceof ArrayBuffer && buffer.byteLength > 0) buffer.transfer(0);
}

/** The same for all columns of rows. */
export function letGoOfRows({ series, time, value, quality, kind, integer, text, revision }: Columns): void {
  for (const column of [series, time, value, quality, kind, integer, text, revision]) if (column) letGo(column);
}
