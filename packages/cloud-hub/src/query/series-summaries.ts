import { Kind } from '@sluis/protocol';
import { plainIntegers, plainTexts } from '../parquet/encodings.ts';
import type { Column } from '../parquet/format.ts';
import type { ColumnPages } from '../parquet/parquet-writer.ts';
import { plain, smallIntegers, times } from './column-pages.ts';
import { type RowSource, sampleColumns, SampleRows } from './sample-rows.ts';

/** Rows of one row group: of most files, of all their series. */
const CAPACITY = 8_192;

/** Of the file beside a file of samples, as `summarySql` makes them of that: one row per series. */
export const summaryColumns: readonly Column[] = [
  { name: 'path', type: 'VARCHAR' },
  { name: 'rows', type: 'BIGINT' },
  { name: 'first', type: 'TIMESTAMPTZ' },
  { name: 'last', type: 'TIMESTAMPTZ' },
  { name: 'kinds', type: 'UTINYINT' },
  ...sampleColumns.slice(2).map(({ name, type }): Column => ({ name: `latest_${name}`, type })),
];

/** What a file has of each series, gathered while its rows come. */
export class SeriesSummaries {
  readonly #rows = new Float64Array(CAPACITY);
  readonly #first = new Float64Array(CAPACITY);
  readonly #kinds = new Uint8Array(CAPACITY);
  readonly #latest = new SampleRows(CAPACITY);
  /** The series that rows come of. */
  #path: string | undefined;
  #count = 0;
  #firstTime = 0;
  #kindSet = 0;
  readonly #last = new SampleRows(1);

  get isFull(): boolean {
    return this.#latest.isFull;
  }

  /** Rows of a series have come: that of the last ones, or a later one, for which there must be room. */
  add(path: string, source: RowSource, from: number, to: number): void {
    if (path !== this.#path) {
      this.end();
      this.#path = path;
      this.#firstTime = source.time[from];
    }
    this.#count += to - from;
    if (source.kind) for (let row = from; row < to; row++) this.#kindSet |= 1 << source.kind[row];
    else this.#kindSet |= 1 << Kind.double;
    this.#last.clear();
    this.#last.add(path, source, to - 1, to);
  }

  /** No more rows of the last series come to this file. */
  end(): void {
    if (this.#path === undefined) return;
    const place = this.#latest.length;
    this.#rows[place] = this.#count;
    this.#first[place] = this.#firstTime;
    this.#kinds[place] = this.#kindSet;
    this.#latest.add(this.#path, this.#last, 0, 1);
    this.#path = undefined;
    this.#count = 0;
    this.#kindSet = 0;
  }

  get length(): number {
    return this.#latest.length;
  }

  /** Of those series of which no more rows come. */
  pages(): ColumnPages[] {
    const count = this.length;
    const { paths } = this.#latest;
    const [, last, ...latest] = this.#latest.pages();
    return [
      {
        ...plain(plainTexts(paths), count),
        least: Buffer.from(paths[0]),
        greatest: Buffer.from(paths[count - 1]),
      },
      plain(plainIntegers(this.#rows.subarray(0, count)), count),
      times(this.#first.subarray(0, count)),
      last,
      smallIntegers(this.#kinds.subarray(0, count)),
      ...latest,
    ];
  }

  clear(): void {
    this.#latest.clear();
  }
}
