import { Kind } from '@sluis/protocol';
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
import { Encoding } from '../parquet/format.ts';
import type { ColumnPages } from '../parquet/parquet-writer.ts';
import type { OrdRuns } from './sample-rows.ts';

/*
 * Columns of samples as pages of Parquet: each in the form that takes least for what it nearly always holds.
 */

/** Of `ord`: shorter runs cost more than they save. */
const ROWS_OF_LONG_RUN = 4;

/** Texts that are the same in runs of rows; ascending in the order of their bytes. */
export function textRuns(distinct: readonly string[], starts: readonly number[], count: number): ColumnPages {
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

export function doubles(values: Float64Array): ColumnPages {
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
export function ords({ starts, values }: OrdRuns, count: number): ColumnPages {
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

/** As many as the values of a row group take. */
const zeros = Buffer.alloc(128 << 10);

function isZero({ buffer, byteOffset, byteLength }: Uint8Array | Uint16Array): boolean {
  return (
    byteLength <= zeros.length &&
    zeros.compare(new Uint8Array(buffer, byteOffset, byteLength), 0, byteLength, 0, byteLength) === 0
  );
}

export function nulls(count: number): ColumnPages {
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

function bytesOf(values: Float64Array | Uint32Array | BigInt64Array | BigUint64Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
