import { Kind } from '@sluis/protocol';
import type { ColumnPages } from '../parquet/parquet-writer.ts';
import {
  definitionLevels,
  deltaIntegers,
  dictionaryOf,
  integerBytes,
  MOST_DELTA_VALUE,
  placesOfRuns,
  plainIntegers,
  plainTexts,
  widthOf,
} from '../parquet/encodings.ts';
import { type Column, Encoding } from '../parquet/format.ts';

/** `values[i]` is that of the rows from `starts[i]` to the next start. */
export interface OrdRuns {
  readonly starts: readonly number[];
  readonly values: readonly bigint[];
}

/** Rows that are copied from: what is absent is 0. */
export interface RowSource {
  readonly time: Float64Array;
  readonly value: Float64Array;
  readonly quality: Uint8Array;
  readonly kind?: Uint8Array | undefined;
  readonly revision?: Uint16Array | undefined;
  /** Of all rows, or in runs of rows that came together. */
  readonly ord: bigint | OrdRuns;
  readonly integer?: BigInt64Array | undefined;
  /** Index into `texts`, for rows of that kind. */
  readonly text?: Uint32Array | undefined;
  readonly texts?: readonly string[] | undefined;
}

/** Few enough that a query of an hour decodes little, and enough for columns to be packed well. */
export const ROW_GROUP_ROWS = 65_536;
/** Rows with long texts are fewer. */
const TEXT_UNITS = 4 << 20;

/** Of `ord`: shorter runs cost more than they save. */
const ROWS_OF_LONG_RUN = 4;

/** Of a file of samples, see SampleFile. */
export const sampleColumns: readonly Column[] = [
  { name: 'series', type: 'VARCHAR' },
  { name: 'time', type: 'TIMESTAMPTZ' },
  { name: 'value', type: 'DOUBLE' },
  { name: 'quality', type: 'UTINYINT' },
  { name: 'kind', type: 'UTINYINT' },
  { name: 'revision', type: 'USMALLINT' },
  { name: 'ord', type: 'UBIGINT' },
  { name: 'integer', type: 'BIGINT' },
  { name: 'text', type: 'VARCHAR' },
];

/** Rows of a row group, sorted by series and time: filled, taken as pages, and filled again. */
export class SampleRows implements RowSource {
  length = 0;
  /** Series `paths[i]` has the rows from `starts[i]` to the next start. */
  readonly paths: string[] = [];
  readonly starts: number[] = [];
  readonly time: Float64Array;
  readonly value: Float64Array;
  readonly quality: Uint8Array;
  readonly kind: Uint8Array;
  readonly revision: Uint16Array;
  readonly ord: { readonly starts: number[]; readonly values: bigint[] } = { starts: [], values: [] };
  readonly integer: BigInt64Array;
  readonly text: Uint32Array;
  readonly texts: string[] = [];
  #textUnits = 0;
  /** There may be kinds or revisions other than 0. */
  #written = false;

  constructor(capacity = ROW_GROUP_ROWS) {
    this.time = new Float64Array(capacity);
    this.value = new Float64Array(capacity);
    this.quality = new Uint8Array(capacity);
    this.kind = new Uint8Array(capacity);
    this.revision = new Uint16Array(capacity);
    this.integer = new BigInt64Array(capacity);
    this.text = new Uint32Array(capacity);
  }

  get isFull(): boolean {
    return this.length === this.time.length || this.#textUnits >= TEXT_UNITS;
  }

  clear(): void {
    this.length = 0;
    this.paths.length = 0;
    this.starts.length = 0;
    this.ord.starts.length = 0;
    this.ord.values.length = 0;
    this.texts.length = 0;
    this.#textUnits = 0;
    if (this.#written) for (const column of [this.kind, this.revision]) column.fill(0);
    this.#written = false;
  }

  /**
   * Adds rows `from` to before `to` of a series, which is that of the last rows or a later one.
   * @returns how many found room
   */
  add(path: string, source: RowSource, from: number, to: number): number {
    const at = this.length;
    let count = Math.min(to - from, this.time.length - at);
    if (count <= 0) return 0;
    if (this.paths.at(-1) !== path) {
      this.paths.push(path);
      this.starts.push(at);
    }
    const end = from + count;
    const { kind, revision, ord, integer } = source;
    if (kind && source.text && source.texts) {
      for (let row = from; row < end; row++) {
        if (kind[row] !== Kind.text) continue;
        const text = source.texts[source.text[row]];
        this.text[at + row - from] = this.texts.length;
        this.texts.push(text);
        this.#textUnits += text.length;
        if (this.#textUnits < TEXT_UNITS) continue;
        count = row - from + 1;
        break;
      }
    }
    const last = from + count;
    copy(source.time, this.time, { from, last, at });
    copy(source.value, this.value, { from, last, at });
    copy(source.quality, this.quality, { from, last, at });
    // What nothing was written to is 0.
    if (kind) copy(kind, this.kind, { from, last, at });
    if (revision) copy(revision, this.revision, { from, last, at });
    if (integer) this.integer.set(integer.subarray(from, last), at);
    this.#written ||= kind !== undefined || revision !== undefined;
    this.#addOrds(ord, { from, last, at });
    this.length += count;
    return count;
  }

  #addOrds(ord: RowSource['ord'], { from, last, at }: Copied): void {
    if (typeof ord === 'bigint') return this.#addOrd(ord, at);
    for (let run = runAt(ord, from); run < ord.starts.length && ord.starts[run] < last; run++)
      this.#addOrd(ord.values[run], at + Math.max(0, ord.starts[run] - from));
  }

  #addOrd(ord: bigint, start: number): void {
    if (start > 0 && this.ord.values[this.ord.values.length - 1] === ord) return;
    this.ord.starts.push(start);
    this.ord.values.push(ord);
  }

  /** In the order of {@link sampleColumns}. What they hold is of the rows until these are cleared. */
  pages(): ColumnPages[] {
    const count = this.length;
    const kind = this.kind.subarray(0, count);
    const kinds = smallIntegers(kind);
    const exact = kinds.dictionary === undefined || kind[0] !== Kind.double;
    return [
      textRuns(this.paths, this.starts, count),
      times(this.time.subarray(0, count)),
      doubles(this.value.subarray(0, count)),
      smallIntegers(this.quality.subarray(0, count)),
      kinds,
      smallIntegers(this.revision.subarray(0, count)),
      ords(this.ord, count),
      exact ? integers(this.integer, kind) : nulls(count),
      exact ? texts(this.texts, kind) : nulls(count),
    ];
  }
}

/** Of a source's rows `from` to before `last`, which go to `at` and the rows behind it. */
interface Copied {
  readonly from: number;
  readonly last: number;
  readonly at: number;
}

/** Up to so many values a loop takes less time than what a copy of memory needs to begin. */
const FEW_VALUES = 96;

function copy<C extends Float64Array | Uint8Array | Uint16Array>(source: C, to: C, { from, last, at }: Copied): void {
  if (last - from > FEW_VALUES) to.set(source.subarray(from, last), at);
  else for (let row = from, place = at; row < last; row++, place++) to[place] = source[row];
}

/** The run that a row is in. */
function runAt({ starts }: OrdRuns, row: number): number {
  let [low, high] = [0, starts.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if (starts[middle] <= row) low = middle;
    else high = middle - 1;
  }
  return low;
}

export function ordAt({ ord }: RowSource, row: number): bigint {
  return typeof ord === 'bigint' ? ord : ord.values[runAt(ord, row)];
}

/** Texts that are the same in runs of rows; ascending in the order of their bytes. */
function textRuns(distinct: readonly string[], starts: readonly number[], count: number): ColumnPages {
  return {
    dictionary: { bytes: plainTexts(distinct), values: distinct.length },
    data: [definitionLevels(count, true), placesOfRuns(starts, count, widthOf(distinct.length))],
    encoding: Encoding.dictionary,
    nulls: 0,
    least: Buffer.from(distinct[0]),
    greatest: Buffer.from(distinct[distinct.length - 1]),
  };
}

/** µs. */
export function times(values: Float64Array): ColumnPages {
  let [least, greatest] = [values[0], values[0]];
  for (let i = 1; i < values.length; i++) {
    const time = values[i];
    if (time < least) least = time;
    if (time > greatest) greatest = time;
  }
  const exact = least > -MOST_DELTA_VALUE && greatest < MOST_DELTA_VALUE;
  return {
    ...plain(exact ? deltaIntegers(values) : plainIntegers(values), values.length),
    encoding: exact ? Encoding.delta : Encoding.plain,
    least: integerBytes(least),
    greatest: integerBytes(greatest),
  };
}

function doubles(values: Float64Array): ColumnPages {
  const found = dictionaryOf(values);
  if (!found) return plain(bytesOf(values), values.length);
  return {
    dictionary: { bytes: bytesOf(found.distinct), values: found.distinct.length },
    data: [definitionLevels(values.length, true), found.places],
    encoding: Encoding.dictionary,
    nulls: 0,
  };
}

/** The rows of a series that came in one segment have the same: a value for each such run, or for each row if they are short. */
function ords({ starts, values }: OrdRuns, count: number): ColumnPages {
  if (starts.length * ROWS_OF_LONG_RUN > count) {
    const all = new BigUint64Array(count);
    for (const [run, start] of starts.entries()) all.fill(values[run], start, starts[run + 1] ?? count);
    return plain(bytesOf(all), count);
  }
  return {
    dictionary: { bytes: bytesOf(BigUint64Array.from(values)), values: values.length },
    data: [definitionLevels(count, true), placesOfRuns(starts, count, widthOf(starts.length))],
    encoding: Encoding.dictionary,
    nulls: 0,
  };
}

/** As 32-bit integers; nearly always all are the same. */
export function smallIntegers(values: Uint8Array | Uint16Array): ColumnPages {
  let [least, greatest] = [values[0], values[0]];
  if (least !== 0 || !isZero(values)) {
    for (let i = 1; i < values.length; i++) {
      const value = values[i];
      if (value < least) least = value;
      if (value > greatest) greatest = value;
    }
  }
  const bounds = { least: bytesOf(Uint32Array.of(least)), greatest: bytesOf(Uint32Array.of(greatest)) };
  if (least < greatest) return { ...plain(bytesOf(Uint32Array.from(values)), values.length), ...bounds };
  return {
    dictionary: { bytes: bounds.least, values: 1 },
    data: [definitionLevels(values.length, true), placesOfRuns([0], values.length, 1)],
    encoding: Encoding.dictionary,
    nulls: 0,
    ...bounds,
  };
}

const zeros = Buffer.alloc(ROW_GROUP_ROWS * Uint16Array.BYTES_PER_ELEMENT);

function isZero({ buffer, byteOffset, byteLength }: Uint8Array | Uint16Array): boolean {
  return zeros.compare(new Uint8Array(buffer, byteOffset, byteLength), 0, byteLength, 0, byteLength) === 0;
}

function nulls(count: number): ColumnPages {
  return { data: [definitionLevels(count, false)], encoding: Encoding.plain, nulls: count };
}

export function plain(values: Uint8Array, count: number): ColumnPages {
  return { data: [definitionLevels(count, true), values], encoding: Encoding.plain, nulls: 0 };
}

/** Those of rows whose kind has one. */
export function integers(values: BigInt64Array, kinds: Uint8Array): ColumnPages {
  const { levels, there } = levelsOf(kinds, isInteger);
  const kept = new BigInt64Array(there);
  for (let row = 0, i = 0; i < there; row++) if (isInteger(kinds[row])) kept[i++] = values[row];
  return { data: [levels, bytesOf(kept)], encoding: Encoding.plain, nulls: kinds.length - there };
}

/** One for each row of that kind, in the order of the rows. */
export function texts(values: readonly string[], kinds: Uint8Array): ColumnPages {
  const { levels, there } = levelsOf(kinds, isText);
  return { data: [levels, plainTexts(values)], encoding: Encoding.plain, nulls: kinds.length - there };
}

function isInteger(kind: number): boolean {
  return kind === Kind.int64 || kind === Kind.uint64;
}

function isText(kind: number): boolean {
  return kind === Kind.text;
}

function levelsOf(kinds: Uint8Array, has: (kind: number) => boolean): { levels: Uint8Array; there: number } {
  const bits = new Uint8Array(Math.ceil(kinds.length / 8));
  let there = 0;
  for (let row = 0; row < kinds.length; row++) {
    if (!has(kinds[row])) continue;
    bits[row >> 3] |= 1 << (row & 7);
    there++;
  }
  const levels = there === 0 || there === kinds.length ? there > 0 : bits;
  return { levels: definitionLevels(kinds.length, levels), there };
}

export function bytesOf(values: Float64Array | Uint32Array | BigInt64Array | BigUint64Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
