import type { DuckDBConnection } from '@duckdb/node-api';
import { describe } from '@sluis/runtime';
import type { FileView, SampleFile } from '../store/sample-files.ts';
import { doubles } from './chunk-columns.ts';
import { readFileSeries } from './file-series.ts';
import type { HotTables } from './hot-tables.ts';
import { readFiles } from './sample-sql.ts';
import type { SeriesIndex } from './series-index.ts';
import { mayHold, type Views } from './view.ts';

/** Keeps the index right about what lies in files: when the process starts, and when rows in them have expired. */
export class FileExtents {
  readonly #connection: DuckDBConnection;
  readonly #views: Views;
  readonly #index: SeriesIndex;
  /** Files of the view that tell nothing of their series. */
  #unreadable: readonly SampleFile[] = [];

  readonly #tables: HotTables;

  constructor(options: { connection: DuckDBConnection; views: Views; index: SeriesIndex; tables: HotTables }) {
    this.#tables = options.tables;
    this.#connection = options.connection;
    this.#views = options.views;
    this.#index = options.index;
  }

  /** A file that may have rows of the series, of which the index knows nothing. */
  unreadable(path: string): SampleFile | undefined {
    if (this.#unreadable.length === 0) return undefined;
    const current = new Set(this.#views.current.files.map(({ id }) => id));
    return this.#unreadable.find((file) => current.has(file.id) && mayHold(file, path));
  }

  /** Reads what all files of the view have of each series; call once all series are defined, and none has rows. */
  async read(): Promise<void> {
    const unreadable: SampleFile[] = [];
    let unknown = 0;
    const { files } = this.#views.current;
    for await (const series of readFileSeries(this.#connection, files, (file) => unreadable.push(file))) {
      unknown += this.#index.addFile(series);
    }
    this.#unreadable = unreadable;
    if (unknown > 0)
      console.error(`files hold ${unknown} series that the database does not know: run sluis-hub store verify`);
  }

  /** What is left of each series with the next view, if rows of files expire with it; undefined if all are there. */
  async leftBy(next: FileView): Promise<{ rows: Float64Array; first: Float64Array } | undefined> {
    const before = new Set(this.#views.current.files.map(({ id }) => id));
    const after = new Set(next.files.map(({ id }) => id));
    const gone = this.#views.current.files.filter(({ id }) => !after.has(id));
    if (gone.length === 0) return undefined;
    const come = next.files.filter(({ id }) => !before.has(id));
    if (!(await this.#someExpired(gone, come))) return undefined;
    const rows = new Float64Array(this.#index.size + 1);
    const first = new Float64Array(this.#index.size + 1).fill(Infinity);
    const add = (id: number, count: number, from: number): void => {
      rows[id] += count;
      first[id] = Math.min(first[id], from);
    };
    const unreadable: SampleFile[] = [];
    for await (const series of readFileSeries(this.#connection, next.files, (file) => unreadable.push(file))) {
      for (const found of series) add(this.#index.id(found.path) ?? 0, found.rows, found.first);
    }
    const hot = this.#views.current.hot.filter(({ lastSegment }) => lastSegment > next.through);
    await this.#tables.fill(hot);
    for (const { name } of hot) {
      const result = await this.#connection.stream(
        `SELECT series::DOUBLE, count(*)::DOUBLE, min(time)::DOUBLE FROM ${name} GROUP BY series`,
      );
      for (let chunk = await result.fetchChunk(); chunk && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
        const [ids, counts, times] = [doubles(chunk, 0), doubles(chunk, 1), doubles(chunk, 2)];
        for (let i = 0; i < ids.length; i++) add(ids[i], counts[i], times[i]);
      }
    }
    this.#unreadable = unreadable;
    return { rows, first };
  }

  /** The oldest rows of a series expire: some have if, and only if, what comes does not begin where that began. */
  async #someExpired(gone: readonly SampleFile[], come: readonly SampleFile[]): Promise<boolean> {
    if (come.length === 0) return true;
    const firsts = (files: readonly SampleFile[]): string =>
      `(SELECT path, min(first) AS first FROM ${readFiles(files.map(({ seriesPath }) => seriesPath))} GROUP BY path)`;
    try {
      const result = await this.#connection.runAndReadAll(
        `SELECT 1 FROM ${firsts(gone)} AS gone LEFT JOIN ${firsts(come)} AS come USING (path)
          WHERE come.first IS DISTINCT FROM gone.first LIMIT 1`,
      );
      return result.currentRowCount > 0;
    } catch (error) {
      console.error(`what expired is counted anew: ${describe(error)}`);
      return true;
    }
  }
}
