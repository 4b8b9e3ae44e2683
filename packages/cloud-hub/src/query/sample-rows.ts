import { Kind } from '@sluis/protocol';
import type { Column } from '../parquet/format.ts';
import type { ColumnPages } from '../parquet/parquet-writer.ts';
import { doubles, integers, nulls, ords, smallIntegers, textRuns, texts, times } from './column-pages.ts';

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
