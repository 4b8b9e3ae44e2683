import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { ParquetWriter } from '../parquet/parquet-writer.ts';
import type { SampleFile, WriteTarget } from '../store/sample-files.ts';
import { type RowSource, sampleColumns, SampleRows } from './sample-rows.ts';
import { SeriesSummaries, summaryColumns } from './series-summaries.ts';

type WrittenFile = Omit<SampleFile, 'id' | 'group'>;

interface OpenFile {
  readonly path: string;
  readonly seriesPath: string;
  readonly samples: ParquetWriter;
  readonly series: ParquetWriter;
}

/**
 * Writes the files of a group from rows that come in their order, by series (the bytes of its path) and time, each
 * identity once. What it holds is a row group, whatever comes.
 *
 * Files are cut between series; where one alone has more rows than a file may, also within it. A file that goes on with
 * such a series has no other, so that files sorted by first series and time are in the order of their rows.
 */
export class GroupWriter implements AsyncDisposable {
  readonly #target: WriteTarget;
  readonly #signal: AbortSignal;
  readonly #rows = new SampleRows();
  readonly #summaries = new SeriesSummaries();
  readonly #written: WrittenFile[] = [];
  readonly #begun: string[] = [];
  #file: OpenFile | undefined;
  /** Of the file that rows go to, those that wait in memory among them. */
  #fileRows = 0;
  #firstTime = Infinity;
  #lastTime = -Infinity;
  #firstSeries = '';
  #lastSeries: string | undefined;
  #goesOn = false;
  #finished = false;

  constructor(target: WriteTarget, signal: AbortSignal) {
    this.#target = target;
    this.#signal = signal;
  }

  /** Rows of a series come next, `rows` of them or more. */
  async begin(rows: number): Promise<void> {
    if (this.#fileRows === 0) this.#goesOn = false;
    else if (this.#goesOn || this.#fileRows + rows > this.#target.maxRows) await this.#endFile();
    else {
      this.#summaries.end();
      if (this.#summaries.isFull) await this.#flushSummaries();
    }
    this.#goesOn = false;
  }

  /** Adds rows `from` to before `to` of the series that has begun, or as many as find room: then `flush` makes more. */
  add(path: string, source: RowSource, from: number, to: number): number {
    const room = this.#target.maxRows - this.#fileRows;
    const count = this.#rows.add(path, source, from, Math.min(to, from + room));
    if (count === 0) return 0;
    this.#summaries.add(path, source, from, from + count);
    if (this.#fileRows === 0) this.#firstSeries = path;
    this.#lastSeries = path;
    this.#fileRows += count;
    if (source.time[from] < this.#firstTime) this.#firstTime = source.time[from];
    if (source.time[from + count - 1] > this.#lastTime) this.#lastTime = source.time[from + count - 1];
    return count;
  }

  get isFull(): boolean {
    return this.#rows.isFull || this.#fileRows >= this.#target.maxRows;
  }

  /** Rows [from, to) of a series, into as many files as they fill. */
  async addAll(path: string, source: RowSource, from: number, to: number): Promise<void> {
    for (let row = from; row < to;) {
      row += this.add(path, source, row, to);
      if (this.isFull) await this.flush();
    }
  }

  async flush(): Promise<void> {
    if (this.#fileRows >= this.#target.maxRows) {
      await this.#endFile();
      this.#goesOn = true;
    } else await this.#flushRows();
  }

  /** @returns the files, none if no rows came */
  async finish(): Promise<readonly WrittenFile[]> {
    if (this.#fileRows > 0) await this.#endFile();
    this.#finished = true;
    return this.#written;
  }

  /** What was not finished is removed. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#finished) return;
    await Promise.allSettled([this.#file?.samples.abandon(), this.#file?.series.abandon()]);
    for (const path of this.#begun) rmSync(path, { force: true });
  }

  async #opened(): Promise<OpenFile> {
    if (this.#file) return this.#file;
    const name = join(this.#target.folder, `${this.#target.prefix}-${this.#written.length + 1}`);
    const [path, seriesPath] = [`${name}.parquet`, `${name}.series.parquet`];
    this.#begun.push(path, seriesPath);
    const samples = await ParquetWriter.create(path, sampleColumns);
    // Before the second can fail: what is open is closed again.
    this.#file = { path, seriesPath, samples, series: samples };
    this.#file = { ...this.#file, series: await ParquetWriter.create(seriesPath, summaryColumns) };
    return this.#file;
  }

  async #flushRows(): Promise<void> {
    this.#signal.throwIfAborted();
    if (this.#rows.length === 0) return;
    const { samples } = await this.#opened();
    await samples.rowGroup(this.#rows.length, this.#rows.pages());
    this.#rows.clear();
  }

  async #flushSummaries(): Promise<void> {
    if (this.#summaries.length === 0) return;
    const { series } = await this.#opened();
    await series.rowGroup(this.#summaries.length, this.#summaries.pages());
    this.#summaries.clear();
  }

  async #endFile(): Promise<void> {
    await this.#flushRows();
    this.#summaries.end();
    await this.#flushSummaries();
    const { path, seriesPath, samples, series } = await this.#opened();
    this.#file = undefined;
    const bytes = (await samples.close()) + (await series.close());
    this.#written.push({
      path,
      seriesPath,
      rows: this.#fileRows,
      bytes,
      firstTime: this.#firstTime,
      lastTime: this.#lastTime,
      firstSeries: this.#firstSeries,
      lastSeries: this.#lastSeries ?? this.#firstSeries,
    });
    this.#fileRows = 0;
    this.#firstTime = Infinity;
    this.#lastTime = -Infinity;
  }
}
