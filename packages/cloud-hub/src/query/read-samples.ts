import { Kind, letGo } from '@sluis/protocol';
import {
  afterLevels,
  copyBytes,
  fromDeltaIntegers,
  fromPlainIntegers,
  fromPlainTexts,
  startsOfRuns,
  unpackedPlaces,
} from '../parquet/decodings.ts';
import { Encoding } from '../parquet/format.ts';
import type { ParquetReader, ReadPages } from '../parquet/parquet-reader.ts';
import type { OrdRuns, RowSource } from './sample-rows.ts';

/** A row group as SampleRows had it. */
export interface ReadRows extends RowSource {
  readonly length: number;
  /** Series `paths[i]` has the rows from `starts[i]` to the next start. */
  readonly paths: readonly string[];
  readonly starts: readonly number[];
}

/** Memory for the rows of a row group: it is used again for the next one. */
export class RowMemory {
  #bytes = new ArrayBuffer(0);

  /** What it gave before for the same is not there any more. */
  of(length: number) {
    if (this.#bytes.byteLength < length * ROW_BYTES) this.#bytes = new ArrayBuffer(length * ROW_BYTES);
    const bytes = this.#bytes;
    return {
      time: new Float64Array(bytes, 0, length),
      value: new Float64Array(bytes, 8 * length, length),
      revision: new Uint16Array(bytes, 16 * length, length),
      quality: new Uint8Array(bytes, 18 * length, length),
      kind: new Uint8Array(bytes, 19 * length, length),
    };
  }
}

const ROW_BYTES = 20;

/** A row group of a file of samples. */
export async function readSampleRows(reader: ParquetReader, group: number, memory: RowMemory): Promise<ReadRows> {
  const { rows: length, columns, bytes } = await reader.group(group);
  const [series, times, values, qualities, kinds, revisions, ords, integers, texts] = columns;
  const rows = memory.of(length);
  const { time, value, revision, quality, kind } = rows;
  if (times.encoding === Encoding.delta) fromDeltaIntegers(afterLevels(times.data), time);
  else fromPlainIntegers(afterLevels(times.data), time);
  if (values.dictionary) unpackedPlaces(afterLevels(values.data), values.dictionary, value);
  else copyBytes(afterLevels(values.data), value);
  smallIntegers(kinds, kind);
  smallIntegers(qualities, quality);
  smallIntegers(revisions, revision);
  const paths = fromPlainTexts(series.dictionary ?? new Uint8Array(0));
  const starts = startsOfRuns(afterLevels(series.data));
  const ord = ordsOf(ords, length);
  const exact = { ...integersOf(integers, kind), ...textsOf(texts, kind) };
  // All of it is copied by now.
  letGo(bytes);
  return { ...rows, length, paths, starts, ord, ...exact };
}

function ordsOf({ dictionary, data }: ReadPages, length: number): OrdRuns {
  const runs = dictionary && startsOfRuns(afterLevels(data));
  const starts = runs ?? Array.from({ length }, (_, row) => row);
  const values = new BigUint64Array(starts.length);
  copyBytes(dictionary ?? afterLevels(data), values);
  return { starts, values: [...values] };
}

function smallIntegers({ dictionary, data }: ReadPages, to: Uint8Array | Uint16Array): void {
  const bytes = dictionary ?? afterLevels(data);
  const values = new Uint32Array(bytes.length / Uint32Array.BYTES_PER_ELEMENT);
  copyBytes(bytes, values);
  if (dictionary) to.fill(values[0]);
  else to.set(values);
}

function integersOf({ data }: ReadPages, kind: Uint8Array): { integer?: BigInt64Array } {
  const bytes = afterLevels(data);
  if (bytes.length === 0) return {};
  const kept = new BigInt64Array(bytes.length / BigInt64Array.BYTES_PER_ELEMENT);
  copyBytes(bytes, kept);
  const integer = new BigInt64Array(kind.length);
  for (let row = 0, i = 0; row < kind.length; row++)
    if (kind[row] === Kind.int64 || kind[row] === Kind.uint64) integer[row] = kept[i++];
  return { integer };
}

function textsOf({ data }: ReadPages, kind: Uint8Array): { text?: Uint32Array; texts?: string[] } {
  const texts = fromPlainTexts(afterLevels(data));
  if (texts.length === 0) return {};
  const text = new Uint32Array(kind.length);
  for (let row = 0, i = 0; row < kind.length; row++) if (kind[row] === Kind.text) text[row] = i++;
  return { text, texts };
}
