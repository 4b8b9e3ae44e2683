import type { HotColumn } from './hot-columns.ts';
import type { HotSegment } from './hot-rows.ts';
import { compareUtf8 } from './utf8-order.ts';
import { type FileView, NO_FLOOR, type SampleFile } from '../store/sample-files.ts';

/** A table of hot rows, in the order in which they were loaded. */
export interface HotTable {
  /** As SQL. What reads it reads `rowsSql`: it has no column that its rows do not need. */
  readonly name: string;
  readonly columns: ReadonlySet<HotColumn>;
  readonly rows: number;
  /** Where its rows came in, in the order of the log. */
  readonly segments: readonly HotSegment[];
  /** Ids of the segments that have rows in it; both infinite while there is none. */
  readonly firstSegment: number;
  readonly lastSegment: number;
  /** µs, both inclusive; the wrong way round while it is empty. */
  readonly firstTime: number;
  readonly lastTime: number;
  /** There is a row whose value is -0. */
  readonly negativeZero: boolean;
}

/**
 * What a query reads: it takes the view once. Every row that counts is in exactly one of its parts, though an identity
 * may be in several. The lists never change; the newest table grows.
 *
 * Parts follow each other in the order of the log: files by group, then tables. Outside of a series' late time range its
 * rows ascend through all of them, see SeriesIndex.
 */
export interface View {
  readonly generation: number;
  /** By group, and within one by series and time. */
  readonly files: readonly SampleFile[];
  readonly hot: readonly HotTable[];
  /** See {@link FileView}. */
  readonly floor: number;
}

/** A view in use: what it names stays readable until it is disposed of. */
export interface ViewReader extends Disposable {
  readonly view: View;
}

/** Of a process that was given no view yet. */
const NONE = -1;

/** Whether there may be rows of the series in the file. */
export function mayHold({ firstSeries, lastSeries }: SampleFile, path: string): boolean {
  return compareUtf8(firstSeries, path) <= 0 && compareUtf8(path, lastSeries) <= 0;
}

/** Not by id: a file of a group that was written again by itself has a higher one than those that come after it. */
function compareFiles(a: SampleFile, b: SampleFile): number {
  return a.group - b.group || compareUtf8(a.firstSeries, b.firstSeries) || a.firstTime - b.firstTime;
}

/**
 * The view that queries take, and who still reads older ones. A swap to other files leaves out, in the same instant, the
 * tables whose rows these hold; tables are dropped, and files unlinked by the store, after the last reader of a view
 * that named them.
 */
export class Views {
  #current: View = { generation: NONE, files: [], hot: [], floor: NO_FLOOR };
  /** By generation. */
  readonly #readers = new Map<number, number>();
  #replaced: { readonly generation: number; readonly tables: readonly HotTable[] }[] = [];

  get current(): View {
    return this.#current;
  }

  get given(): boolean {
    return this.#current.generation !== NONE;
  }

  /** The lowest generation that is read now or may be read later. */
  get oldest(): number {
    return Math.min(this.#current.generation, ...this.#readers.keys());
  }

  take(): ViewReader {
    const view = this.#current;
    const { generation } = view;
    this.#readers.set(generation, (this.#readers.get(generation) ?? 0) + 1);
    let taken = true;
    return {
      view,
      [Symbol.dispose]: () => {
        if (!taken) return;
        taken = false;
        const left = (this.#readers.get(generation) ?? 0) - 1;
        if (left > 0) this.#readers.set(generation, left);
        else this.#readers.delete(generation);
      },
    };
  }

  addTable(table: HotTable): void {
    this.#current = { ...this.#current, hot: [...this.#current.hot, table] };
  }

  /** Tables of only segments up to `through` are left out from now on. */
  swap({ generation, files, through, floor }: FileView): void {
    const { hot } = this.#current;
    const tables = hot.filter((table) => table.lastSegment <= through);
    const inOrder = [...files].sort(compareFiles);
    this.#current = { generation, files: inOrder, hot: hot.filter((table) => table.lastSegment > through), floor };
    if (tables.length > 0) this.#replaced.push({ generation, tables });
  }

  /** Tables that nobody reads any more; each is given once. */
  takeUnread(): HotTable[] {
    const { oldest } = this;
    const unread = this.#replaced.filter(({ generation }) => generation <= oldest);
    this.#replaced = this.#replaced.filter(({ generation }) => generation > oldest);
    return unread.flatMap(({ tables }) => tables);
  }
}
