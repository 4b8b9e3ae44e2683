import type { DuckDBInstance } from '@duckdb/node-api';
import type { WriteJob, WriteOutcome } from '../store/sample-files.ts';
import { AnswerError } from './answer-error.ts';
import { DuckDBRun } from './duckdb-run.ts';
import { fileRows } from './file-rows.ts';
import { GroupWriter } from './group-writer.ts';
import { mergeGroups } from './merge-groups.ts';
import type { SeriesIndex } from './series-index.ts';
import { Slots } from './slots.ts';
import type { SoundFiles } from './sound-files.ts';
import type { View, Views } from './view.ts';
import { writeHot } from './write-hot.ts';

/** A job that was aborted may still be ending when the next comes. */
const ONE = { concurrent: 1, waiting: 1 };

interface SampleWriterOptions {
  /** Knows the order of series, and reads what it has written itself. */
  readonly instance: DuckDBInstance;
  readonly views: Views;
  readonly index: SeriesIndex;
  readonly sound: SoundFiles;
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
    // A table is full with up to a segment more than its rows: that is no reason for another file.
    const rows = tables.reduce((sum, table) => sum + table.rows, 0);
    const maxRows = tables.length === 1 ? Math.max(rows, job.target.maxRows) : job.target.maxRows;
    using run = await DuckDBRun.begin({ instance, signal });
    await using writer = new GroupWriter({ ...job.target, maxRows }, signal);
    await writeHot(tables, { run, index, writer });
    return { files: await writer.finish() };
  }

  async #merge(job: WriteJob & { kind: 'merge' }, view: View, signal: AbortSignal): Promise<WriteOutcome> {
    const files = job.files.map((id) => {
      const file = view.files.find((one) => one.id === id);
      if (!file) throw unknownPart(`the view has no file ${id}`);
      return file;
    });
    // In the order of the log: the job may list them otherwise.
    const sources = view.files.filter((file) => files.includes(file));
    const { instance, sound } = this.#options;
    // What rotted would get a new checksum, and be right from then on.
    await sound.check(sources, signal);
    await using writer = new GroupWriter(job.target, signal);
    await mergeGroups(sources, job, { writer, rowsOf: (file) => fileRows(file, { instance, signal }) });
    return { files: await writer.finish() };
  }
}

function unknownPart(message: string): AnswerError {
  return new AnswerError({
    status: 409,
    code: 'unknown-part',
    message,
    hint: 'the query process has another view by now: ask for what the newest one has',
  });
}
