import type { CompactionOptions } from './compaction-options.ts';
import { FileJobs } from './file-jobs.ts';
import { GroupMerges } from './group-merges.ts';
import { QueryProgress } from './query-progress.ts';
import { ReplacedFiles } from './replaced-files.ts';
import { Retention } from './retention.ts';
import { retentionTimes } from './retention-plan.ts';
import type { LoadAnswer } from './sample-files.ts';
import { Sealing } from './sealing.ts';
import { WorkLanes } from './work-lanes.ts';

/** Of a hot row in a file, with all its columns and a wide margin. */
const BYTES_PER_HOT_ROW = 32;
/** Damaged files are tried again so rarely. */
const FORGET_MS = 3_600_000;

/**
 * Turns full hot tables into files and small groups of files into larger ones.
 *
 * In this order, so that a crash between any two steps loses nothing and counts nothing twice:
 * 1. The query process writes files under temporary names. Nothing reads them.
 * 2. The content of each is brought to the disk, then it gets its final name, then the folder is brought to the disk.
 *    Nothing reads them yet: what a crash leaves up to here is swept at the next start.
 * 3. One transaction of SQLite: the new files come in, those that they replace go, the segments that they hold count no
 *    more. From its commit on, a restart reads the new files and nothing of what is in them twice.
 * 4. The new view is published. Queries that began before read the old one to their end.
 * 5. Segments that count no more are deleted, some at a time; files that were replaced are unlinked once no query reads
 *    a view that names them. A crash leaves either for the next start.
 *
 * Hot tables and groups have a lane each, with one job at a time: ingest waits for hot tables, a large merge takes minutes.
 */
export class Compaction implements AsyncDisposable {
  readonly #options: CompactionOptions;
  readonly #progress = new QueryProgress();
  readonly #lanes: WorkLanes;
  readonly #replaced: ReplacedFiles;
  readonly #jobs: FileJobs;
  readonly #merges: GroupMerges;
  readonly #retention: Retention;
  readonly #sealing: Sealing;
  readonly #timers: NodeJS.Timeout[] = [];
  /** Settled once everything is in as few groups as can be. */
  #all: PromiseWithResolvers<void> | undefined;

  constructor(options: CompactionOptions) {
    const progress = this.#progress;
    this.#options = options;
    this.#lanes = new WorkLanes({
      troubled: (lane, reason) => options.troubled(lane, reason),
      failed: (error) => this.#all?.reject(error),
      idle: () => this.#settle(),
    });
    const { signal } = this.#lanes;
    this.#replaced = new ReplacedFiles(options, progress);
    this.#jobs = new FileJobs(options, { replaced: this.#replaced, signal, changed: () => this.#lanes.wake() });
    this.#merges = new GroupMerges(options, this.#jobs);
    this.#retention = new Retention(options, { progress, jobs: this.#jobs, merges: this.#merges, signal });
    this.#sealing = new Sealing(options, progress);
  }

  /** Sweeps what earlier lives left, and begins. */
  async start(): Promise<void> {
    await this.#jobs.start();
    this.#every(FORGET_MS, () => {
      this.#merges.forgetFailures();
      this.#lanes.wake();
    });
    const times = retentionTimes(this.#options.limits.retention);
    if (times) {
      this.#every(times.checkMs, () => this.#check());
      this.#every(times.sealMs, () => this.#sealing.forRetention());
    }
    this.#lanes.start([
      { name: 'hot tables', step: () => this.#compactHot() },
      {
        name: 'groups',
        step: async () => (await this.#retention.keepLimits()) || (await this.#mergeGroups()),
        isWell: () => this.#merges.isWell,
      },
      { name: 'what was replaced', step: () => this.#replaced.clear() },
    ]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#lanes[Symbol.asyncDispose]();
    this.#replaced[Symbol.dispose]();
    for (const timer of this.#timers) clearInterval(timer);
  }

  /** Brings all hot rows into files and all files into as few groups as can be. Rejects with the first thing that fails. */
  async compactAll(): Promise<void> {
    const all = (this.#all ??= Promise.withResolvers());
    this.#lanes.wake();
    this.#options.writer.ask();
    try {
      await all.promise;
    } finally {
      if (this.#all === all) this.#all = undefined;
    }
  }

  /** The query process says how far it is, and has the view of a generation. */
  answered(answer: LoadAnswer, generation: number): void {
    if (this.#progress.answered(answer, generation)) this.#lanes.wake();
  }

  /** The query process has all that there is. */
  drained(): void {
    this.#sealing.drained({ all: this.#all !== undefined });
  }

  /** There is no query process any more. */
  detached(): void {
    this.#progress.detached();
    this.#sealing.detached();
    this.#replaced.detached();
    this.#lanes.wake();
  }

  /** The disk is full: what may be removed is. */
  diskFull(): void {
    this.#check();
    // Its answer is followed by drained(), where hot rows are sealed: only what is in files can go.
    this.#options.writer.ask();
  }

  #every(ms: number, work: () => void): void {
    this.#timers.push(setInterval(work, ms));
  }

  #check(): void {
    this.#retention.check();
    this.#lanes.wake();
  }

  #settle(): void {
    const { store } = this.#options;
    if (!this.#lanes.areIdle || store.hotRows > 0 || !this.#replaced.areGone) return;
    if (this.#progress.has(store.fileView().generation)) this.#all?.resolve();
  }

  async #compactHot(): Promise<boolean> {
    const { store } = this.#options;
    const view = store.fileView();
    if (!this.#progress.has(view.generation)) return false;
    const through = this.#progress.fullBeyond(view.through);
    if (through === undefined) return false;
    await this.#jobs.run({
      work: 'written',
      bytes: BYTES_PER_HOT_ROW * store.hotRowsUpTo(through),
      group: through,
      remove: [],
      through,
      job: (target) => ({ kind: 'hot', through, target }),
    });
    return true;
  }

  async #mergeGroups(): Promise<boolean> {
    const { store } = this.#options;
    const all = this.#all !== undefined;
    if (!this.#progress.has(store.fileView().generation) || (all && store.hotRows > 0)) return false;
    return this.#merges.mergeNext({ all });
  }
}
