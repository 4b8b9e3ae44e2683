import { addAbortListener } from 'node:events';
import { Worker } from 'node:worker_threads';
import { connect, describe, type Remote, serve } from '@sluis/runtime';
import type { WriteOutcome } from '../store/sample-files.ts';
import { AnswerError } from './answer-error.ts';
import type { HotPart, HotQuestions, HotSeries, HotWork, MergeWork } from './file-work.ts';
import type { FileWorker, FileWorkerData } from './file-worker.ts';

/** What the thread asks back, of one of its jobs. */
export type AskedMain = Remote<{
  segments(job: number, first: number): readonly HotPart[];
  series(job: number, ids: Uint32Array): HotSeries;
}>;

/**
 * The main thread's side of the thread that writes files. It is started for the first job, and again for the next one after
 * it has ended, which fails those that it had.
 */
export class FileClient {
  readonly #data: FileWorkerData;
  readonly #questions = new Map<number, HotQuestions>();
  #jobs = 0;
  #worker: Remote<FileWorker> | undefined;
  #thread: Worker | undefined;

  constructor(data: FileWorkerData) {
    this.#data = data;
  }

  /** Rejects with the signal's reason when it is aborted, as soon as the files that were begun are removed. */
  async hot(work: HotWork, questions: HotQuestions, signal: AbortSignal): Promise<WriteOutcome> {
    return this.#run(signal, async (worker, job) => {
      this.#questions.set(job, questions);
      try {
        return await worker.hot(job, work);
      } finally {
        this.#questions.delete(job);
      }
    });
  }

  /** The same. */
  merge(work: MergeWork, signal: AbortSignal): Promise<WriteOutcome> {
    return this.#run(signal, (worker, job) => worker.merge(job, work));
  }

  async #run(
    signal: AbortSignal,
    work: (worker: Remote<FileWorker>, job: number) => Promise<WriteOutcome>,
  ): Promise<WriteOutcome> {
    signal.throwIfAborted();
    const worker = (this.#worker ??= this.#start());
    const job = ++this.#jobs;
    // A thread that has ended has ended its jobs, too.
    using _aborting = addAbortListener(signal, () => void worker.abort(job).catch(() => undefined));
    try {
      return await work(worker, job);
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    }
  }

  /** The thread is no more; jobs that it had have failed. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#thread?.terminate();
  }

  #start(): Remote<FileWorker> {
    const worker = new Worker(new URL('./file-worker.ts', import.meta.url), { workerData: this.#data, name: 'files' });
    worker.unref();
    worker.once('error', (error) => console.error(`the thread that writes files failed: ${describe(error)}`));
    worker.once('exit', () => (this.#worker = undefined));
    this.#thread = worker;
    serve(worker, {
      segments: (job: number, first: number) => this.#asked(job).segments(first),
      series: (job: number, ids: Uint32Array) => this.#asked(job).series(ids),
    });
    return connect<FileWorker>(worker, { errors: { AnswerError } });
  }

  #asked(job: number): HotQuestions {
    const questions = this.#questions.get(job);
    if (!questions) throw new Error(`no job ${job} writes hot rows`);
    return questions;
  }
}
