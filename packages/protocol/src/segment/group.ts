import { type Columns, Kind, plainColumns, takeRows } from '../batch.ts';
import { RowsMemory } from './rows-memory.ts';
import { Scratch } from './scratch.ts';

/** Bits of a digit of the radix sort, for few and for many rows: counting costs 2^bits steps whatever the rows. */
const FEW_ROWS = 2_048;
const DIGIT_BITS = { few: 8, many: 12 } as const;

declare const grouped: unique symbol;

/** What {@link groupBySeries} gives: who has it need not look through all rows again. */
export type GroupedColumns = Columns & { readonly [grouped]: true };

/** Where chunks are put together, and where rows get their order. */
const gathered = new RowsMemory();
const scratch = new Scratch();

/**
 * All rows of `chunks`, grouped by ascending series id, in their order within a series: exactly what
 * `decodeSegment(encodeSegment(rows))` gives, column by column and bit by bit. Every NaN becomes the canonical one,
 * `texts` holds each text that is used once, in order of first use, and optional columns are there only if needed.
 *
 * The result shares no memory with the chunks. It is in memory of its own, or in `memory`, and then one's own only until
 * the next call with that.
 *
 * @throws RangeError for a column that is not as long as its rows, such as one whose memory was given back.
 */
export function groupBySeries(chunks: readonly Columns[], memory?: RowsMemory): GroupedColumns {
  chunks.forEach(checkColumns);
  const rows = chunks.length === 1 ? chunks[0] : concatenate(chunks, gathered.take(lengthOf(chunks)));
  const into = memory?.take(rows.length) ?? plainColumns(rows.length);
  if (isGrouped(rows.series)) return canonical(concatenate([rows], into));
  return canonical(takeRows(rows, groupedOrder(rows.series), rows.length, into));
}

function isGrouped(series: Uint32Array): boolean {
  for (let i = 1; i < series.length; i++) if (series[i] < series[i - 1]) return false;
  return true;
}

/** Row indexes in ascending order of series, stable: a radix sort from the lowest digit on. */
function groupedOrder(series: Uint32Array): Uint32Array {
  const n = series.length;
  let least = series[0];
  let greatest = least;
  for (let i = 1; i < n; i++) {
    if (series[i] < least) least = series[i];
    else if (series[i] > greatest) greatest = series[i];
  }
  const bits = n < FEW_ROWS ? DIGIT_BITS.few : DIGIT_BITS.many;
  const mask = (1 << bits) - 1;
  scratch.reset();
  const starts = scratch.words(1 << bits);
  let order = scratch.words(n);
  let next = scratch.words(n);
  for (let i = 0; i < n; i++) order[i] = i;
  for (let shift = 0; shift < 32 && (greatest - least) >>> shift > 0; shift += bits) {
    starts.fill(0);
    for (let i = 0; i < n; i++) starts[((series[i] - least) >>> shift) & mask]++;
    let start = 0;
    for (let digit = 0; digit <= mask; digit++) {
      const count = starts[digit];
      starts[digit] = start;
      start += count;
    }
    for (let i = 0; i < n; i++) {
      const row = order[i];
      next[starts[((series[row] - least) >>> shift) & mask]++] = row;
    }
    [order, next] = [next, order];
  }
  return order;
}

/** Memory that is used again holds other rows: a column that is too short would bring them back. */
function checkColumns({ length, series, time, value, quality, kind, integer, text, revision }: Columns): void {
  for (const column of [series, time, value, quality, kind, integer, text, revision]) {
    if (column && column.length !== length)
      throw new RangeError(`a column of ${column.length} values does not belong to ${length} rows`);
  }
}

function lengthOf(chunks: readonly Columns[]): number {
  return chunks.reduce((sum, { length }) => sum + length, 0);
}

/** The rows of all chunks, the plain columns in `into`, which is as long as all of them. */
function concatenate(chunks: readonly Columns[], into: Columns): Columns {
  const { length, series, time, value, quality } = into;
  let texts = 0;
  const kind = chunks.some((chunk) => chunk.kind) ? new Uint8Array(length) : undefined;
  const integer = chunks.some((chunk) => chunk.integer) ? new BigInt64Array(length) : undefined;
  const text = chunks.some((chunk) => chunk.text) ? new Uint32Array(length) : undefined;
  const revision = chunks.some((chunk) => chunk.revision) ? new Uint16Array(length) : undefined;
  let at = 0;
  for (const chunk of chunks) {
    series.set(chunk.series, at);
    time.set(chunk.time, at);
    value.set(chunk.value, at);
    quality.set(chunk.quality, at);
    if (chunk.kind) kind?.set(chunk.kind, at);
    if (chunk.integer) integer?.set(chunk.integer, at);
    if (chunk.revision) revision?.set(chunk.revision, at);
    if (text && chunk.text) for (let i = 0; i < chunk.length; i++) text[at + i] = chunk.text[i] + texts;
    texts += chunk.texts?.length ?? 0;
    at += chunk.length;
  }
  return {
    length,
    series,
    time,
    value,
    quality,
    ...(kind && { kind }),
    ...(integer && { integer }),
    ...(text && { text, texts: chunks.flatMap((chunk) => chunk.texts ?? []) }),
    ...(revision && { revision }),
  };
}

/** Grouped rows in the one form that says the same, which may share memory with them. */
export function canonical(rows: Columns): GroupedColumns {
  const { length, series, time, value, quality, kind, revision } = rows;
  const columns: Columns = {
    length,
    series,
    ...canonicalNumbers(time, value),
    quality,
    ...(kind?.some((one) => one !== Kind.double) && canonicalKinds(rows, kind)),
    ...(revision?.some((one) => one !== 0) && { revision }),
  };
  return columns as GroupedColumns;
}

/** No time is −0, and every NaN is the canonical one. */
function canonicalNumbers(time: Float64Array, value: Float64Array): Pick<Columns, 'time' | 'value'> {
  let hasNegativeZero = false;
  let hasNaN = false;
  for (let i = 0; i < time.length; i++) {
    if (time[i] === 0 && Object.is(time[i], -0)) hasNegativeZero = true;
    if (value[i] !== value[i]) hasNaN = true;
  }
  return {
    time: hasNegativeZero ? time.map((t) => t + 0) : time,
    value: hasNaN ? value.map((v) => (Number.isNaN(v) ? Number.NaN : v)) : value,
  };
}

function canonicalKinds(
  rows: Columns,
  kind: Uint8Array,
): Pick<Columns, 'kind' | 'value' | 'integer' | 'text' | 'texts'> {
  const { length } = rows;
  const value = new Float64Array(length);
  let integer: BigInt64Array | undefined;
  let text: Uint32Array | undefined;
  const texts = new Map<string, number>();
  // Index into `texts` by index into `rows.texts`, plus one.
  const known = new Uint32Array(rows.texts?.length ?? 0);
  for (let i = 0; i < length; i++) {
    switch (kind[i]) {
      case Kind.double:
        value[i] = Number.isNaN(rows.value[i]) ? Number.NaN : rows.value[i];
        break;
      case Kind.boolean:
        value[i] = rows.value[i] === 0 ? 0 : 1;
        break;
      case Kind.int64:
      case Kind.uint64: {
        const number = rows.integer?.[i] ?? 0n;
        integer ??= new BigInt64Array(length);
        integer[i] = number;
        value[i] = Number(kind[i] === Kind.uint64 ? BigInt.asUintN(64, number) : number);
        break;
      }
      case Kind.text: {
        const from = rows.text?.[i] ?? 0;
        if (!rows.texts || from >= rows.texts.length)
          throw new RangeError(`row ${i} refers to text ${from} of ${rows.texts?.length ?? 0}`);
        if (known[from] === 0) {
          // A lone surrogate is no character: it has no form in UTF-8, in segments or anywhere after them.
          const string = rows.texts[from].toWellFormed();
          if (!texts.has(string)) texts.set(string, texts.size);
          known[from] = (texts.get(string) ?? 0) + 1;
        }
        text ??= new Uint32Array(length);
        text[i] = known[from] - 1;
        value[i] = Number.NaN;
        break;
      }
      default:
        throw new RangeError(`row ${i} is of unknown kind ${kind[i]}`);
    }
  }
  return { kind, value, ...(integer && { integer }), ...(text && { text, texts: [...texts.keys()] }) };
}
