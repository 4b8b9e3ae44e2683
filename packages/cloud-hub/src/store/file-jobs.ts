import type { CompactionOptions, FileWork } from './compaction-options.ts';
import { leavesFileInDoubt } from './disk-fault.ts';
import { type FileChange, idOf, namesOf } from './file-table.ts';
import type { ReplacedFiles } from './replaced-files.ts';
import { makesSpace } from './retention-plan.ts';
import { rowsIn, type SampleFile, type WriteJob } from './sample-files.ts';

/** Left to SQLite and to others. */
const SPARE_BYTES = 64 << 20;
/** By what makes space: a commit's. If it is too little after all, there is the ballast. */
const LEAST_SPARE_BYTES = 256 << 10;

export interface FileJob {
  readonly work: FileWork;
  /** What it may write. */
  readonly bytes: number;
  readonly group: number;
  readonly remove: readonly SampleFile[];
  /** Segments up to this id are in what it writes. */
  readonly through?: number;
  job(target: WriteJob['target']): WriteJob;
}

/**
 * Changes which files count, in the order that `Compaction` tells: a job that fails anywhere leaves the view as it was, and
 * no file. Names are never given twice.
 */
export class FileJobs {
  readonly #options: CompactionOptions;
  readonly #replaced: ReplacedFiles;
  readonly #signal: AbortSignal;
  readonly #changed: () => void;
  #jobs = 0;
  #nextFile = 0;

  /** `changed` is called when another view counts; jobs end when `signal` is aborted. */
  constructor(
    options: CompactionOptions,
    { replaced, signal, changed }: { replaced: ReplacedFiles; signal: AbortSignal; changed(): void },
  ) {
    this.#options = options;
    this.#replaced = replaced;
    this.#signal = signal;
    this.#changed = changed;
  }

  /** Sweeps what earlier lives left. A query process of before this life may still read files that were replaced. */
  async start(): Promise<void> {
    const { store, folder } = this.#options;
    folder.start();
    const { files, generation } = store.fileView();
    const { temporary, others } = await folder.orphans(files);
    await folder.remove(temporary);
    this.#replaced.add(others, generation);
    // Above what is still to be unlinked, too: a name that was given again would go with it.
    this.#nextFile = Math.max(store.lastFile(), ...others.map(idOf)) + 1;
  }

  /** The steps 1 to 4. */
  async run({ work, bytes, group, remove, through, job }: FileJob): Promise<void> {
    const { store, folder, writer, life, rowsPerFile, now } = this.#options;
    const removed = remove.map(({ id }) => id);
    await this.requireSpace(bytes, work);
    const prefix = folder.prefix(`${life}-${++this.#jobs}`);
    const began = now();
    let installed: number[] = [];
    let written = 0;
    try {
      const { files } = await writer.write(job({ folder: folder.path, prefix, maxRows: rowsPerFile }), this.#signal);
      written = rowsIn(files);
      installed = files.map(() => this.#nextFile++);
      const add = await folder.install(files, { ids: installed, group });
      const change: FileChange = { add, remove: removed, now: began, ...(through !== undefined && { through }) };
      await this.#options.commit(() => store.changeFiles(change));
    } catch (error) {
      await folder.removeOf(prefix);
      // The row that names them may be on the disk even so: the next start finds out.
      if (!leavesFileInDoubt(error)) await folder.remove(namesOfAll(installed));
      throw error;
    }
    if (through !== undefined) this.#replaced.addSegments();
    this.#publish(removed);
    this.#options.done({ work, samplesRemoved: Math.max(0, rowsIn(remove) - written) });
  }

  /**
   * The steps 3 and 4, for no file is written. From the commit on nothing below the floor counts, whatever is still to be
   * written again.
   */
  async drop(work: FileWork, { drop, floor }: { drop: readonly SampleFile[]; floor?: number }): Promise<void> {
    const { store, now } = this.#options;
    const remove = drop.map(({ id }) => id);
    const change: FileChange = { add: [], remove, now: now(), ...(floor !== undefined && { floor }) };
    await this.#options.commit(() => store.changeFiles(change));
    this.#publish(remove);
    this.#options.done({ work, samplesRemoved: rowsIn(drop) });
  }

  /** Throws where there is too little to write so much. */
  async requireSpace(bytes: number, work: FileWork): Promise<void> {
    const leavesLess = work === 'expired' || work === 'size limit' || (work === 'written' && makesSpace(this.#options));
    const spare = leavesLess ? LEAST_SPARE_BYTES : SPARE_BYTES;
    const free = await this.#options.folder.freeBytes();
    if (free >= bytes + spare) return;
    throw new Error(`it may write ${mib(bytes)} and leaves ${mib(spare)} to others, but ${mib(free)} are free`);
  }

  #publish(removed: readonly number[]): void {
    this.#replaced.add(namesOfAll(removed), this.#options.store.fileView().generation);
    this.#options.published();
    this.#changed();
  }
}

function mib(bytes: number): string {
  return `${Math.ceil(bytes / 2 ** 20)} MiB`;
}

function namesOfAll(ids: readonly number[]): string[] {
  return ids.flatMap((id) => Object.values(namesOf(id)));
}
