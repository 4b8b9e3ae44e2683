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

/** Rows that are copied from: what is absent is 0. */
export interface RowSource {
  readonly time: Float64Array;
  readonly value: Float64Array;
  readonly quality: Uint8Array;
  readonly kind?: Uint8Array | undefined;
  readonly revision?: Uint16Array | undefined;
  /** Of the whole segment, or by row. */
  readonly ord: bigint | BigUint64Array;
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
  readonly ord: BigUint64Array;
  readonly integer: BigInt64Array;
  readonly text: Uint32Array;
  readonly texts: string[] = [];
  #textUnits = 0;

  constructor(capacity = ROW_GROUP_ROWS) {
    this.time = new Float64Array(capacity);
    this.value = new Float64Array(capacity);
    this.quality = new Uint8Array(capacity);
    this.kind = new Uint8Array(capacity);
    this.revision = new Uint16Array(capacity);
    this.ord = new BigUint64Array(capacity);
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
    this.texts.length = 0;
    this.#textUnits = 0;
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
    this.time.set(source.time.subarray(from, last), at);
    this.value.set(source.value.subarray(from, last), at);
    this.quality.set(source.quality.subarray(from, last), at);
    if (kind) this.kind.set(kind.subarray(from, last), at);
    else this.kind.fill(0, at, at + count);
    if (revision) this.revision.set(revision.subarray(from, last), at);
    else this.revision.fill(0, at, at + count);
    if (typeof ord === 'bigint') this.ord.fill(ord, at, at + count);
    else this.ord.set(ord.subarray(from, last), at);
    if (integer) this.integer.set(integer.subarray(from, last), at);
    else if (kind) this.integer.fill(0n, at, at + count);
    this.length += count;
    return count;
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
      ords(this.ord.subarray(0, count)),
      exact ? integers(this.integer, kind) : nulls(count),
      exact ? texts(this.texts, kind) : nulls(count),
    ];
  }
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
function ords(values: BigUint64Array): ColumnPages {
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length * 2);
  const most = values.length / ROWS_OF_LONG_RUN;
  const starts = [0];
  for (let i = 1; i < values.length && starts.length <= most; i++) {
    if (words[2 * i] !== words[2 * i - 2] || words[2 * i + 1] !== words[2 * i - 1]) starts.push(i);
  }
  if (starts.length > most) return plain(bytesOf(values), values.length);
  return {
    dictionary: { bytes: bytesOf(BigUint64Array.from(starts, (row) => values[row])), values: starts.length },
    data: [definitionLevels(values.length, true), placesOfRuns(starts, values.length, widthOf(starts.length))],
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
