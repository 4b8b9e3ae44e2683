import type { SampleFile, WriteJob, WriteOutcome } from '../store/sample-files.ts';
import { AnswerError } from './answer-error.ts';
import type { FileClient } from './file-client.ts';
import { HotParts } from './hot-parts.ts';
import type { SeriesIndex } from './series-index.ts';
import type { SeriesOrder } from './series-order.ts';
import { Slots } from './slots.ts';
import type { View, Views } from './view.ts';

/** A job that was aborted may still be ending when the next comes. */
const ONE = { concurrent: 1, waiting: 1 };

interface SampleWriterOptions {
  readonly views: Views;
  readonly index: SeriesIndex;
  readonly order: SeriesOrder;
  readonly files: FileClient;
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
    const { index, order, files } = this.#options;
    const tables = hot.filter(({ lastSegment }) => lastSegment <= job.through);
    if (tables.at(-1)?.lastSegment !== job.through) throw unknownPart(`segment ${job.through} ends no hot table`);
    // A table is full with up to a segment more than its rows: that is no reason for another file.
    const rows = tables.reduce((sum, table) => sum + table.rows, 0);
    const maxRows = tables.length === 1 ? Math.max(rows, job.target.maxRows) : job.target.maxRows;
    const ids = await order.ids(signal);
    const parts = new HotParts(tables, index);
    return files.hot({ target: { ...job.target, maxRows }, maps: parts.maps, order: ids }, parts, signal);
  }

  async #merge(job: WriteJob & { kind: 'merge' }, view: View, signal: AbortSignal): Promise<WriteOutcome> {
    const asked = new Set(job.files.map((id) => fileOf(view, id)));
    const { retention, now, dropBefore, target } = job;
    // In the order of the log: the job may list them otherwise.
    const files = view.files.filter((file) => asked.has(file));
    return this.#options.files.merge({ target, files, limits: { retention, now, dropBefore } }, signal);
  }
}

function fileOf(view: View, id: number): SampleFile {
  const file = view.files.find((one) => one.id === id);
  if (!file) throw unknownPart(`the view has no file ${id}`);
  return file;
}

function unknownPart(message: string): AnswerError {
  return new AnswerError({
    status: 409,
    code: 'unknown-part',
    message,
    hint: 'the query process has another view by now: ask for what the newest one has',
  });
}
