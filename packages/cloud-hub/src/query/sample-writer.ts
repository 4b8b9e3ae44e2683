import { mkdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import type { SampleFile, WriteJob, WriteOutcome, WriteTarget } from '../store/sample-files.ts';
import { AnswerError } from './answer-error.ts';
import { namingDamaged } from './damaged-file.ts';
import { DuckDBRun } from './duckdb-run.ts';
import { type FilePart, fileParts } from './file-parts.ts';
import { hotInput, type JobInput, mergeInput, sortedSql } from './job-input.ts';
import { negativeZeroSql, quoted, readFiles, summarySql, WITHOUT_DICTIONARIES } from './sample-sql.ts';
import type { SeriesIndex } from './series-index.ts';
import { Slots } from './slots.ts';
import type { SoundFiles } from './sound-files.ts';
import type { View, Views } from './view.ts';

/** Few enough that a query of an hour decodes little, and enough for columns to be packed well. */
const ROW_GROUP_ROWS = 65_536;
/** Merges take one thread: queries have the others. */
const MERGE_THREADS = 1;
const WRITTEN = `FORMAT parquet, PARQUET_VERSION v2, COMPRESSION zstd, ROW_GROUP_SIZE ${ROW_GROUP_ROWS}`;

/** A job that was aborted may still be ending when the next comes. */
const ONE = { concurrent: 1, waiting: 1 };

interface SampleWriterOptions {
  /** Holds the hot tables. */
  readonly instance: DuckDBInstance;
  readonly views: Views;
  readonly index: SeriesIndex;
  readonly sound: SoundFiles;
  /** For what a merge spills. */
  readonly spill: string;
  /** For merges, beside what queries may use. */
  readonly mergeMemoryMiB: number;
}

/**
 * Writes the files that a job asks for. It reads what there is, as a query does, and changes nothing: files that are
 * there when it fails or is aborted are removed, and those of a process that died are never named by anyone.
 */
export class SampleWriter {
  readonly #options: SampleWriterOptions;
  /** One of a kind at a time, so that a large merge does not hold up hot rows, for which ingest may wait. */
  readonly #turns = { hot: new Slots(ONE), merge: new Slots(ONE) };

  constructor(options: SampleWriterOptions) {
    this.#options = options;
  }

  async write(job: WriteJob, signal: AbortSignal): Promise<WriteOutcome> {
    using _turn = await this.#turns[job.kind].enter(signal);
    using reader = this.#options.views.take();
    const { view } = reader;
    return job.kind === 'hot' ? await this.#hot(job, view, signal) : await this.#merge(job, view, signal);
  }

  async #hot(job: WriteJob & { kind: 'hot' }, { hot }: View, signal: AbortSignal): Promise<WriteOutcome> {
    const { instance, index } = this.#options;
    const tables = hot.filter(({ lastSegment }) => lastSegment <= job.through);
    if (tables.at(-1)?.lastSegment !== job.through) throw unknownPart(`segment ${job.through} ends no hot table`);
    using run = await DuckDBRun.begin({ instance, signal });
    // A table is full with up to a segment more than its rows: that is no reason for another file.
    const rows = tables.reduce((sum, table) => sum + table.rows, 0);
    const maxRows = tables.length === 1 ? Math.max(rows, job.target.maxRows) : job.target.maxRows;
    return await writeAll(run, await hotInput(run, tables, index), { ...job.target, maxRows });
  }

  async #merge(job: WriteJob & { kind: 'merge' }, view: View, signal: AbortSignal): Promise<WriteOutcome> {
    const files = job.files.map((id) => {
      const file = view.files.find((one) => one.id === id);
      if (!file) throw unknownPart(`the view has no file ${id}`);
      return file;
    });
    // In the order of the log: the job may list them otherwise.
    const sources = view.files.filter((file) => files.includes(file));
    const { spill, mergeMemoryMiB, sound } = this.#options;
    // What rotted would get a new checksum, and be right from then on.
    await sound.check(sources);
    mkdirSync(spill, { recursive: true });
    const instance = await DuckDBInstance.create(':memory:', {
      memory_limit: `${mergeMemoryMiB}MiB`,
      threads: String(MERGE_THREADS),
      temp_directory: spill,
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
      enable_external_file_cache: 'false',
    });
    try {
      using run = await DuckDBRun.begin({ instance, signal });
      try {
        return await writeAll(run, await mergeInput(run, sources, job), job.target);
      } catch (error) {
        throw await namingDamaged(error, { run, files: sources, condition: 'true' });
      }
    } finally {
      instance.closeSync();
    }
  }
}

/** Writes one file after another, each sorted by itself: what a job takes depends on `maxRows`, not on all its rows. */
async function writeAll(run: DuckDBRun, input: JobInput, target: WriteTarget): Promise<WriteOutcome> {
  const written: Omit<SampleFile, 'id' | 'group'>[] = [];
  const begun: string[] = [];
  try {
    for await (const part of fileParts(run, input, target.maxRows)) {
      const name = join(target.folder, `${target.prefix}-${written.length + 1}`);
      const paths = { path: `${name}.parquet`, seriesPath: `${name}.series.parquet` };
      begun.push(paths.path, paths.seriesPath);
      const file = await writePart(run, { input, part, ...paths });
      if (file) written.push(file);
    }
    return { files: written };
  } catch (error) {
    for (const path of begun) rmSync(path, { force: true });
    throw error;
  }
}

/** @returns undefined, and leaves no file, if no row of the part is left. */
async function writePart(
  run: DuckDBRun,
  options: { input: JobInput; part: FilePart; path: string; seriesPath: string },
): Promise<Omit<SampleFile, 'id' | 'group'> | undefined> {
  const { input, part, path, seriesPath } = options;
  // Dictionaries make files smaller, and -0 is rare.
  const negativeZero = input.negativeZero && (await run.rows(negativeZeroSql(input.rows, part.condition))).length > 0;
  const written = negativeZero ? `${WRITTEN}, ${WITHOUT_DICTIONARIES}` : WRITTEN;
  await run.run(`COPY (${sortedSql(input, part.condition)}) TO ${quoted(path)} (${written})`);
  await run.run(`COPY (${summarySql(path, input.columns)}) TO ${quoted(seriesPath)} (${written})`);
  const summary = await run.rows(`SELECT sum(rows)::DOUBLE, epoch_us(min(first))::DOUBLE, epoch_us(max(last))::DOUBLE,
    min(path), max(path) FROM ${readFiles([seriesPath])}`);
  const [rows, firstTime, lastTime, firstSeries, lastSeries] = summary[0] as [number, number, number, string, string];
  if (!rows) {
    for (const empty of [path, seriesPath]) rmSync(empty);
    return undefined;
  }
  const bytes = statSync(path).size + statSync(seriesPath).size;
  return { path, seriesPath, rows, bytes, firstTime, lastTime, firstSeries, lastSeries };
}

function unknownPart(message: string): AnswerError {
  return new AnswerError({
    status: 409,
    code: 'unknown-part',
    message,
    hint: 'the query process has another view by now: ask for what the newest one has',
  });
}
