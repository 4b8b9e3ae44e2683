import { Backoff, describe, pause } from '@sluis/runtime';
import { type Group, type MergeRules, nextMerge, nextMergeOfAll } from './compaction-plan.ts';
import { type FileChange, idOf, namesOf } from './file-table.ts';
import { dueRules, nextReclaim, type Reclaim, retentionClock, retentionTimes } from './retention-plan.ts';
import {
  DamagedFileError,
  type ExpiryAnswer,
  type ExpiryQuestion,
  type FileView,
  type LoadAnswer,
  NO_FLOOR,
  type RetentionRule,
  type SampleFile,
  type WriteJob,
  type WriteOutcome,
} from './sample-files.ts';
import type { SamplesFolder } from './samples-folder.ts';
import { leavesFileInDoubt } from './disk-fault.ts';

/** Who writes files: the query process, as long as there is one. */
export interface SampleWriter {
  /** Rejects when the process ends or is not there, when the signal is aborted, and with DamagedFileError. */
  write(job: WriteJob, signal: AbortSignal): Promise<WriteOutcome>;
  /** Asks for an answer to a load soon, though nothing is there to be loaded. */
  ask(): void;
  /** Has the hot table that rows go to count as full. */
  seal(): void;
  expired(question: ExpiryQuestion, signal: AbortSignal): Promise<ExpiryAnswer>;
}

/** What compaction reads and changes of the store. */
export interface CompactedStore {
  readonly hotRows: number;
  /** Of their segments. */
  readonly hotBytes: number;
  readonly lastSegment: number;
  hotRowsUpTo(id: number): number;
  fileView(): FileView;
  lastFile(): number;
  changeFiles(change: FileChange): void;
  discardSegments(): number;
}

/** Why files were written or removed. */
export const fileWorks = ['written', 'merged', 'expired', 'size limit'] as const;
export type FileWork = (typeof fileWorks)[number];

/** A job whose change is committed. `merged` removes repeats, and what has expired meanwhile. */
export interface DoneWork {
  readonly work: FileWork;
  readonly samplesRemoved: number;
}

/** What is kept. */
export interface FileLimits {
  readonly retention: readonly RetentionRule[];
  /** Of all files that count. */
  readonly maxBytes: number;
}

export interface CompactionOptions {
  readonly store: CompactedStore;
  /** Runs `work` in a transaction; resolves once it is on the disk. */
  commit<T>(work: () => T): Promise<T>;
  readonly folder: SamplesFolder;
  readonly writer: SampleWriter;
  /** Names this life alone, and with it the files that its jobs begin: those of an earlier one may still be written. */
  readonly life: string;
  readonly rules: MergeRules;
  readonly limits: FileLimits;
  /** At so many hot rows, or bytes of their segments, nothing more is taken in. */
  readonly maxHotRows: number;
  readonly maxHotBytes: number;
  /** A file is cut at about so many rows. */
  readonly rowsPerFile: number;
  /** µs since 1970. */
  now(): number;
  /** The disk is full: but for what was kept for this, nothing is stored until there is space. */
  isDiskFull(): boolean;
  /** The newest view has changed. */
  published(): void;
  done(work: DoneWork): void;
  /** What a lane does failed and is tried again, or works again: then undefined. */
  troubled(lane: string, reason: string | undefined): void;
}

/** Of a hot row in a file, with all its columns and a wide margin. */
const BYTES_PER_HOT_ROW = 32;
/** Left to SQLite and to others. */
const SPARE_BYTES = 64 << 20;
/** By what makes space: a commit's. If it is too little after all, there is the ballast. */
const LEAST_SPARE_BYTES = 256 << 10;
/** How often it is looked whether queries have let go of files that were replaced. */
const UNLINK_POLL_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;

/** Files that the newest view does not name any more. */
interface Replaced {
  readonly names: readonly string[];
  /** The view of this generation is the first without them. */
  readonly generation: number;
}

const LANES = 3;
/** A file is left alone once it was in so many jobs that found one damaged, until this is forgotten. */
const FAILURES_TO_AVOID = 3;
const FORGET_MS = 3_600_000;

/** No view: whoever might have read one is gone. */
const NO_VIEW = 0;

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
  readonly #abort = new AbortController();
  readonly #wakes = new Set<() => void>();
  /** Lanes that have found nothing to do since the last wake. */
  readonly #idle = new Set<string>();
  /** Settled once everything is in as few groups as can be. */
  #all: PromiseWithResolvers<void> | undefined;
  #jobs = 0;
  #nextFile = 0;
  /** How far the query process has come, and how far it had when it was last told to seal. */
  #loaded = 0;
  #sealedAt: number | undefined;
  #full: readonly number[] = [];
  /** Generation of the view that the query process has: with another than the newest it would write what is there already. */
  #viewed = NO_VIEW;
  /** Queries may still read views from this generation on. */
  #oldestView = NO_VIEW;
  #replaced: Replaced[] = [];
  /** Segments that are in files may still have rows. */
  #undiscarded = true;
  #polling: NodeJS.Timeout | undefined;
  readonly #timers: NodeJS.Timeout[] = [];
  /** How often writing a file again has failed, by its id: one that is damaged must not hold up all others. */
  readonly #failures = new Map<number, number>();
  /** Groups whose merge has failed: others go first, and when there are none, these are tried again. */
  readonly #postponed = new Set<number>();
  /** Files that held expired rows when it was asked last. */
  #expired: ExpiryAnswer = { inPart: [], whole: [] };
  #checkDue = true;
  /** The last segment when hot rows were last sealed for retention. */
  #sealed = 0;
  #done: Promise<unknown> = Promise.resolve();

  constructor(options: CompactionOptions) {
    this.#options = options;
  }

  /** Sweeps what earlier lives left. A query process of before this life may still read files that were replaced. */
  async start(): Promise<void> {
    const { store, folder } = this.#options;
    folder.start();
    const { files, generation } = store.fileView();
    const { temporary, others } = await folder.orphans(files);
    await folder.remove(temporary);
    if (others.length > 0) this.#replaced.push({ names: others, generation });
    // Above what is still to be unlinked, too: a name that was given again would go with it.
    this.#nextFile = Math.max(store.lastFile(), ...others.map(idOf)) + 1;
    this.#timers.push(
      setInterval(() => {
        this.#failures.clear();
        this.#wake();
      }, FORGET_MS),
    );
    const times = retentionTimes(this.#options.limits.retention);
    if (times) {
      this.#timers.push(
        setInterval(() => this.#check(), times.checkMs),
        setInterval(() => this.#sealForRetention(), times.sealMs),
      );
    }
    this.#done = Promise.all([
      this.#run('hot tables', () => this.#compactHot()),
      this.#run(
        'groups',
        async () => (await this.#keepLimits()) || (await this.#mergeGroups()),
        () => this.#postponed.size === 0,
      ),
      this.#run('what was replaced', () => this.#clear()),
    ]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort();
    this.#wake();
    await this.#done;
    clearInterval(this.#polling);
    for (const timer of this.#timers) clearInterval(timer);
  }

  /** Brings all hot rows into files and all files into as few groups as can be. Rejects with the first thing that fails. */
  async compactAll(): Promise<void> {
    const all = (this.#all ??= Promise.withResolvers());
    this.#wake();
    this.#options.writer.ask();
    try {
      await all.promise;
    } finally {
      if (this.#all === all) this.#all = undefined;
    }
  }

  #settle(): void {
    const { store } = this.#options;
    if (this.#idle.size < LANES || store.hotRows > 0 || this.#replaced.length > 0) return;
    if (this.#viewed === store.fileView().generation) this.#all?.resolve();
  }

  /** The query process says how far it is, and has the view of a generation. */
  answered({ loaded, full, oldestView }: LoadAnswer, generation: number): void {
    const news = generation !== this.#viewed || full.at(-1) !== this.#full.at(-1) || oldestView !== this.#oldestView;
    this.#loaded = loaded;
    this.#viewed = generation;
    this.#full = full;
    this.#oldestView = oldestView;
    if (news) this.#wake();
  }

  /**
   * The query process has all that there is. At the bound that keeps more from coming, or on a full disk, a table that is
   * not full must do:
   * rows that are dropped, or were there before, fill none.
   */
  drained(): void {
    const { store, maxHotRows, maxHotBytes, writer } = this.#options;
    const enough = this.#all || this.#makesSpace() ? 1 : maxHotRows;
    if ((store.hotRows < enough && store.hotBytes < maxHotBytes) || (this.#full.at(-1) ?? 0) > store.fileView().through)
      return;
    // Once: a table that is sealed again is no fuller, and the answer would only bring the next seal.
    if (this.#sealedAt === this.#loaded) return;
    this.#sealedAt = this.#loaded;
    writer.seal();
  }

  /** There is no query process any more: nobody reads what was replaced up to now. */
  detached(): void {
    this.#viewed = NO_VIEW;
    this.#full = [];
    this.#sealedAt = undefined;
    this.#oldestView = NO_VIEW;
    this.#replaced = this.#replaced.map(({ names }) => ({ names, generation: NO_VIEW }));
    this.#wake();
  }

  /** The disk is full: what may be removed is. */
  diskFull(): void {
    this.#checkDue = true;
    this.#wake();
    // Its answer is followed by drained(), where hot rows are sealed: only what is in files can go.
    this.#options.writer.ask();
  }

  /** A disk that is full gets space from what is no longer kept. */
  #makesSpace(): boolean {
    const { limits, isDiskFull } = this.#options;
    return isDiskFull() && (limits.retention.length > 0 || limits.maxBytes < Number.MAX_SAFE_INTEGER);
  }

  /** Does `step` as long as there is something to do, then waits to be woken. A step that succeeds ends a trouble if all `isWell`. */
  async #run(lane: string, step: () => Promise<boolean>, isWell = () => true): Promise<void> {
    const { signal } = this.#abort;
    const backoff = new Backoff({ longestMs: LONGEST_PAUSE_MS });
    let failed = false;
    while (!signal.aborted) {
      // Before the look at what there is to do, so that nothing that comes meanwhile is missed.
      const { promise: woken, resolve } = Promise.withResolvers<void>();
      let missed = false;
      const wake = (): void => {
        missed = true;
        resolve();
      };
      this.#wakes.add(wake);
      try {
        const worked = await step();
        if (failed && isWell()) {
          this.#options.troubled(lane, undefined);
          failed = false;
        }
        backoff.reset();
        if (worked) continue;
        if (!missed) this.#idle.add(lane);
        this.#settle();
        await woken;
      } catch (error) {
        if (signal.aborted) return;
        failed = true;
        this.#options.troubled(lane, describe(error));
        this.#all?.reject(error);
        await pause(backoff.next(), signal);
      } finally {
        this.#wakes.delete(wake);
      }
    }
  }

  #wake(): void {
    this.#idle.clear();
    for (const wake of this.#wakes) wake();
  }

  async #compactHot(): Promise<boolean> {
    const { store } = this.#options;
    const view = store.fileView();
    if (this.#viewed !== view.generation) return false;
    const through = this.#full.find((end) => end > view.through);
    if (through === undefined) return false;
    await this.#job({
      work: 'written',
      bytes: BYTES_PER_HOT_ROW * store.hotRowsUpTo(through),
      group: through,
      remove: [],
      through,
      job: (target) => ({ kind: 'hot', through, target }),
    });
    return true;
  }

  #check(): void {
    this.#checkDue = true;
    this.#wake();
  }

  /** Rows expire in files alone. */
  #sealForRetention(): void {
    const { store, writer } = this.#options;
    if (store.hotRows === 0 || this.#sealed === store.lastSegment) return;
    this.#sealed = store.lastSegment;
    writer.seal();
  }

  /** Removes what is beyond the size limit or has expired, in one step; false if there is nothing to remove. */
  async #keepLimits(): Promise<boolean> {
    const { store, limits, now } = this.#options;
    const { files, generation, floor } = store.fileView();
    const reclaim = nextReclaim(files, {
      maxBytes: limits.maxBytes,
      floor,
      now: now(),
      isReadable: (file) => !this.#avoids(file),
    });
    if (reclaim && 'drop' in reclaim) {
      await this.#drop('size limit', reclaim);
      return true;
    }
    if (this.#viewed !== generation) return false;
    if (reclaim) {
      await this.#merge('size limit', [reclaim.rewrite], reclaim.dropBefore);
      return true;
    }
    if (this.#checkDue) await this.#findExpired();
    const { inPart, whole } = this.#expired;
    const drop = files.filter(({ id }) => whole.includes(id));
    if (drop.length > 0) {
      await this.#drop('expired', { drop });
      return true;
    }
    const expired = files.find((file) => inPart.includes(file.id) && !this.#avoids(file));
    if (!expired) return false;
    await this.#merge('expired', [expired]);
    return true;
  }

  #retentionNow(): number {
    const { store, now } = this.#options;
    return retentionClock(store.fileView().files, now());
  }

  async #findExpired(): Promise<void> {
    const { limits, writer } = this.#options;
    if (limits.retention.length > 0) {
      const question = { retention: dueRules(limits.retention), now: this.#retentionNow() };
      this.#expired = await writer.expired(question, this.#abort.signal);
    }
    this.#checkDue = false;
  }

  /** No file is written. One transaction: from its commit on nothing below the floor counts, whatever is still to be written again. */
  async #drop(work: FileWork, { drop, floor }: Extract<Reclaim, { drop: unknown }>): Promise<void> {
    const { store, now } = this.#options;
    const remove = drop.map(({ id }) => id);
    const change: FileChange = { add: [], remove, now: now(), ...(floor !== undefined && { floor }) };
    await this.#options.commit(() => store.changeFiles(change));
    this.#changed(remove);
    this.#options.done({ work, samplesRemoved: rowsOf(drop) });
  }

  async #mergeGroups(): Promise<boolean> {
    const { store, rules } = this.#options;
    const { files, generation } = store.fileView();
    if (this.#viewed !== generation) return false;
    const byGroup = Map.groupBy(files, ({ group }) => group);
    const groups = [...byGroup].map(([number, members]): Group => {
      // Too large to be merged: what lies on either side of it cannot be neighbours.
      return { number, rows: members.some((file) => this.#avoids(file)) ? Infinity : rowsOf(members) };
    });
    if (this.#all && store.hotRows > 0) return false;
    const next = this.#all ? nextMergeOfAll : nextMerge;
    const others = groups.map((group) => (this.#postponed.has(group.number) ? { ...group, rows: Infinity } : group));
    let run = next(others, rules);
    if (!run) {
      this.#postponed.clear();
      run = next(groups, rules);
    }
    if (!run) return false;
    try {
      await this.#merge(
        'merged',
        run.flatMap(({ number }) => byGroup.get(number) ?? []),
      );
    } catch (error) {
      for (const { number } of run) this.#postponed.add(number);
      throw error;
    }
    return true;
  }

  #avoids({ id }: SampleFile): boolean {
    return (this.#failures.get(id) ?? 0) >= FAILURES_TO_AVOID;
  }

  /** Writes files of adjacent groups anew as one group, the last of theirs, without what has expired. */
  async #merge(work: FileWork, files: readonly SampleFile[], dropBefore = NO_FLOOR): Promise<void> {
    const { limits, store } = this.#options;
    const ids = files.map(({ id }) => id);
    const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
    // A disk without space is no file's fault.
    await this.#requireSpace(bytes, work);
    try {
      await this.#job({
        work,
        bytes,
        group: Math.max(...files.map(({ group }) => group)),
        remove: files,
        job: (target) => ({
          kind: 'merge',
          files: ids,
          retention: limits.retention,
          now: this.#retentionNow(),
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

  /** The steps 1 to 3, and the fourth. */
  async #job(options: {
    work: FileWork;
    /** What it may write. */
    bytes: number;
    group: number;
    remove: readonly SampleFile[];
    through?: number;
    job(target: WriteJob['target']): WriteJob;
  }): Promise<void> {
    const { store, folder, writer, life, rowsPerFile, now } = this.#options;
    const { work, bytes, group, through } = options;
    const remove = options.remove.map(({ id }) => id);
    await this.#requireSpace(bytes, work);
    const prefix = folder.prefix(`${life}-${++this.#jobs}`);
    const began = now();
    let installed: number[] = [];
    let written = 0;
    try {
      const job = options.job({ folder: folder.path, prefix, maxRows: rowsPerFile });
      const { files } = await writer.write(job, this.#abort.signal);
      written = rowsOf(files);
      installed = files.map(() => this.#nextFile++);
      const add = await folder.install(files, { ids: installed, group });
      const change: FileChange = { add, remove, now: began, ...(through !== undefined && { through }) };
      await this.#options.commit(() => store.changeFiles(change));
    } catch (error) {
      await folder.removeOf(prefix);
      // The row that names them may be on the disk even so: the next start finds out.
      if (!leavesFileInDoubt(error)) await folder.remove(namesOfAll(installed));
      throw error;
    }
    this.#undiscarded ||= through !== undefined;
    this.#changed(remove);
    this.#options.done({ work, samplesRemoved: Math.max(0, rowsOf(options.remove) - written) });
  }

  /** Step 4, after the commit. */
  #changed(removed: readonly number[]): void {
    const { generation } = this.#options.store.fileView();
    if (removed.length > 0) this.#replaced.push({ names: namesOfAll(removed), generation });
    this.#options.published();
    this.#wake();
  }

  /** Step 5. */
  async #clear(): Promise<boolean> {
    const { store, commit, writer, folder } = this.#options;
    if (this.#undiscarded) {
      this.#undiscarded = (await commit(() => store.discardSegments())) > 0;
      return true;
    }
    const free = this.#replaced.filter(({ generation }) => generation <= this.#oldestView);
    for (const entry of free) {
      await folder.remove(entry.names);
      this.#replaced = this.#replaced.filter((other) => other !== entry);
    }
    if (this.#replaced.length === 0) {
      clearInterval(this.#polling);
      this.#polling = undefined;
    } else {
      this.#polling ??= setInterval(() => writer.ask(), UNLINK_POLL_MS);
    }
    return false;
  }

  async #requireSpace(bytes: number, work: FileWork): Promise<void> {
    const leavesLess = work === 'expired' || work === 'size limit' || (work === 'written' && this.#makesSpace());
    const spare = leavesLess ? LEAST_SPARE_BYTES : SPARE_BYTES;
    const free = await this.#options.folder.freeBytes();
    if (free >= bytes + spare) return;
    throw new Error(`it may write ${mib(bytes)} and leaves ${mib(spare)} to others, but ${mib(free)} are free`);
  }
}

function rowsOf(files: readonly Pick<SampleFile, 'rows'>[]): number {
  return files.reduce((sum, { rows }) => sum + rows, 0);
}

function mib(bytes: number): string {
  return `${Math.ceil(bytes / 2 ** 20)} MiB`;
}

function namesOfAll(ids: readonly number[]): string[] {
  return ids.flatMap((id) => Object.values(namesOf(id)));
}
