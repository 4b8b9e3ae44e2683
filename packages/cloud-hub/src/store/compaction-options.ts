import type { MergeRules } from './compaction-plan.ts';
import type { FileChange } from './file-table.ts';
import type { ExpiryAnswer, ExpiryQuestion, FileView, RetentionRule, WriteJob, WriteOutcome } from './sample-files.ts';
import type { SamplesFolder } from './samples-folder.ts';

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
