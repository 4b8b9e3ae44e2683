import type { CompactionOptions, FileWork } from './compaction-options.ts';
import { type Group, nextMerge, nextMergeOfAll } from './compaction-plan.ts';
import type { FileJobs } from './file-jobs.ts';
import { retentionClock } from './retention-plan.ts';
import { bytesOf, DamagedFileError, NO_FLOOR, rowsIn, type SampleFile } from './sample-files.ts';

/** A file is left alone once it was in so many jobs that found one damaged, until this is forgotten. */
const FAILURES_TO_AVOID = 3;

/**
 * Writes files again: groups as one, and files without what has expired. Nothing that fails keeps other files waiting: a
 * merge that failed is tried again after all others, and a damaged file is avoided for a while.
 */
export class GroupMerges {
  readonly #options: CompactionOptions;
  readonly #jobs: FileJobs;
  /** How often writing a file again has failed, by its id. */
  readonly #failures = new Map<number, number>();
  /** Groups whose merge has failed: others go first, and when there are none, these are tried again. */
  readonly #postponed = new Set<number>();

  constructor(options: CompactionOptions, jobs: FileJobs) {
    this.#options = options;
    this.#jobs = jobs;
  }

  /** No merge has failed and waits. */
  get isWell(): boolean {
    return this.#postponed.size === 0;
  }

  avoids({ id }: SampleFile): boolean {
    return (this.#failures.get(id) ?? 0) >= FAILURES_TO_AVOID;
  }

  /** Damaged files are tried again. */
  forgetFailures(): void {
    this.#failures.clear();
  }

  /** Merges what is due by tiers, or what leaves the fewest groups with `all`; false if nothing is. */
  async mergeNext({ all }: { all: boolean }): Promise<boolean> {
    const { store, rules } = this.#options;
    const byGroup = Map.groupBy(store.fileView().files, ({ group }) => group);
    const groups = [...byGroup].map(([number, members]): Group => {
      // Too large to be merged: what lies on either side of it cannot be neighbours.
      return { number, rows: members.some((file) => this.avoids(file)) ? Infinity : rowsIn(members) };
    });
    const next = all ? nextMergeOfAll : nextMerge;
    const others = groups.map((group) => (this.#postponed.has(group.number) ? { ...group, rows: Infinity } : group));
    let run = next(others, rules);
    if (!run) {
      this.#postponed.clear();
      run = next(groups, rules);
    }
    if (!run) return false;
    const files = run.flatMap(({ number }) => byGroup.get(number) ?? []);
    try {
      await this.merge('merged', files);
    } catch (error) {
      for (const { number } of run) this.#postponed.add(number);
      throw error;
    }
    return true;
  }

  /** Writes files of adjacent groups anew as one group, the last of theirs, without what has expired. */
  async merge(work: FileWork, files: readonly SampleFile[], dropBefore = NO_FLOOR): Promise<void> {
    const { limits, store, now } = this.#options;
    const ids = files.map(({ id }) => id);
    const bytes = bytesOf(files);
    // A disk without space is no file's fault.
    await this.#jobs.requireSpace(bytes, work);
    try {
      await this.#jobs.run({
        work,
        bytes,
        group: Math.max(...files.map(({ group }) => group)),
        remove: files,
        job: (target) => ({
          kind: 'merge',
          files: ids,
          retention: limits.retention,
          now: retentionClock(store.fileView().files, now()),
          dropBefore: Math.max(dropBefore, store.fileView().floor),
          target,
        }),
      });
    } catch (error) {
      if (error instanceof DamagedFileError)
        for (const id of ids) this.#failures.set(id, (this.#failures.get(id) ?? 0) + 1);
      throw error;
    }
    for (const id of ids) this.#failures.delete(id);
  }
}
