import { mkdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import type { SampleFile, WriteJob, WriteOutcome, WriteTarget } from '../store/sample-files.ts';
import { AnswerError } from './answer-error.ts';
import { doubles } from './chunk-columns.ts';
import { namingDamaged } from './damaged-file.ts';
import { DuckDBRun } from './duckdb-run.ts';
import { summarize, SUMMARIES } from './file-summaries.ts';
import { type FilePart, fileParts } from './file-parts.ts';
import { expiryCuts } from './retention.ts';
import {
  fileColumns,
  negativeZeroSql,
  quoted,
  readFiles,
  readSamples,
  summarySql,
  WITHOUT_DICTIONARIES,
} from './sample-sql.ts';
import type { SeriesIndex } from './series-index.ts';
import { Slots } from './slots.ts';
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
  /** For what a merge spills. */
  readonly spill: string;
  /** For merges, beside what queries may use. */
  readonly mergeMemoryMiB: number;
}

/** Rows as a job reads them, as SQL. */
interface Input {
  /** Columns as {@link fileColumns}. */
  readonly rows: string;
  /** Columns path and rows: how many rows there are of each series, at most. */
  readonly sizes: string;
  /** An identity may occur more than once. */
  readonly repeats: boolean;
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
    const union = tables.map(({ name }) => `SELECT * FROM ${name}`).join(' UNION ALL ');
    const ids: number[] = [];
    for await (const chunk of await run.stream(`SELECT DISTINCT series::DOUBLE FROM (${union})`))
      ids.push(...doubles(chunk, 0));
    await run.nameSeries(
      'named',
      ids.map((id) => [id, index.definition(id).path]),
    );
    const samples = `(${union}) AS samples JOIN named ON named.id = samples.series`;
    const input: Input = {
      rows: `SELECT path AS series, make_timestamptz(time) AS time, value, quality, kind, revision, ord, "integer", text
        FROM ${samples}`,
      sizes: `SELECT path, count(*) AS rows FROM ${samples} GROUP BY path`,
      repeats: ids.some((id) => index.late(id)),
    };
    return await writeAll(run, input, job.target);
  }

  async #merge(job: WriteJob & { kind: 'merge' }, view: View, signal: AbortSignal): Promise<WriteOutcome> {
    const files = job.files.map((id) => {
      const file = view.files.find((one) => one.id === id);
      if (!file) throw unknownPart(`the view has no file ${id}`);
      return file;
    });
    // In the order of the log: the job may list them otherwise.
    const sources = view.files.filter((file) => files.includes(file));
    const { spill, mergeMemoryMiB } = this.#options;
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

async function mergeInput(
  run: DuckDBRun,
  files: readonly SampleFile[],
  job: WriteJob & { kind: 'merge' },
): Promise<Input> {
  await summarize(run, files);
  const sizes = `SELECT path, sum(rows)::BIGINT AS rows FROM ${SUMMARIES} GROUP BY path`;
  const { cuts } = await expiryCuts(run, job);
  const samples = readSamples(files);
  const repeats = files.some(({ group }) => group !== files[0].group);
  if (cuts.length === 0) return { rows: `SELECT ${fileColumns} FROM ${samples}`, sizes, repeats };
  await run.cutSeries('cuts', cuts);
  return {
    rows: `SELECT ${fileColumns} FROM ${samples} AS samples LEFT JOIN cuts ON cuts.path = samples.series
      WHERE cuts.cut IS NULL OR epoch_us(samples.time) >= cuts.cut`,
    sizes,
    repeats,
  };
}

/** Writes one file after another, each sorted by itself: what a job takes depends on `maxRows`, not on all its rows. */
async function writeAll(run: DuckDBRun, input: Input, target: WriteTarget): Promise<WriteOutcome> {
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
  options: { input: Input; part: FilePart; path: string; seriesPath: string },
): Promise<Omit<SampleFile, 'id' | 'group'> | undefined> {
  const { input, part, path, seriesPath } = options;
  const unique = input.repeats
    ? 'QUALIFY row_number() OVER (PARTITION BY series, time ORDER BY revision DESC, ord DESC) = 1'
    : '';
  // Dictionaries make files smaller, and -0 is rare.
  const [negativeZero] = await run.rows(negativeZeroSql(input.rows, part.condition));
  const written = negativeZero ? `${WRITTEN}, ${WITHOUT_DICTIONARIES}` : WRITTEN;
  await run.run(`COPY (SELECT * FROM (${input.rows}) WHERE ${part.condition} ${unique} ORDER BY series, time)
    TO ${quoted(path)} (${written})`);
  await run.run(`COPY (${summarySql(path)}) TO ${quoted(seriesPath)} (${written})`);
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
