import type { CompactionOptions } from './compaction-options.ts';
import type { FileJobs } from './file-jobs.ts';
import type { GroupMerges } from './group-merges.ts';
import type { QueryProgress } from './query-progress.ts';
import { dueRules, nextReclaim, retentionClock } from './retention-plan.ts';
import type { ExpiryAnswer } from './sample-files.ts';

/** Removes from files what is beyond the size limit, which needs no query process to be known, and then what has expired. */
export class Retention {
  readonly #options: CompactionOptions;
  readonly #progress: QueryProgress;
  readonly #jobs: FileJobs;
  readonly #merges: GroupMerges;
  readonly #signal: AbortSignal;
  /** Files that held expired rows when it was asked last. */
  #expired: ExpiryAnswer = { inPart: [], whole: [] };
  #isCheckDue = true;

  /** Questions end when `signal` is aborted. */
  constructor(
    options: CompactionOptions,
    parts: { progress: QueryProgress; jobs: FileJobs; merges: GroupMerges; signal: AbortSignal },
  ) {
    this.#options = options;
    this.#progress = parts.progress;
    this.#jobs = parts.jobs;
    this.#merges = parts.merges;
    this.#signal = parts.signal;
  }

  /** It is time to ask which files hold expired rows. */
  check(): void {
    this.#isCheckDue = true;
  }

  /** Takes one step; false if there is nothing to remove. */
  async keepLimits(): Promise<boolean> {
    const { store, limits, now } = this.#options;
    const { files, generation, floor } = store.fileView();
    const reclaim = nextReclaim(files, {
      maxBytes: limits.maxBytes,
      floor,
      now: now(),
      isReadable: (file) => !this.#merges.avoids(file),
    });
    if (reclaim && 'drop' in reclaim) {
      await this.#jobs.drop('size limit', reclaim);
      return true;
    }
    if (!this.#progress.has(generation)) return false;
    if (reclaim) {
      await this.#merges.merge('size limit', [reclaim.rewrite], reclaim.dropBefore);
      return true;
    }
    if (this.#isCheckDue) await this.#findExpired();
    const { inPart, whole } = this.#expired;
    const drop = files.filter(({ id }) => whole.includes(id));
    if (drop.length > 0) {
      await this.#jobs.drop('expired', { drop });
      return true;
    }
    const expired = files.find((file) => inPart.includes(file.id) && !this.#merges.avoids(file));
    if (!expired) return false;
    await this.#merges.merge('expired', [expired]);
    return true;
  }

  async #findExpired(): Promise<void> {
    const { store, limits, writer, now } = this.#options;
    if (limits.retention.length > 0) {
      const clock = retentionClock(store.fileView().files, now());
      const question = { retention: dueRules(limits.retention), now: clock };
      this.#expired = await writer.expired(question, this.#signal);
    }
    this.#isCheckDue = false;
  }
}
