import type { Log } from '@sluis/plugin-sdk';
import type { LogFile } from './log-file.ts';

/** What journal and outbox tell the log that they are made of. */
export interface LogShape<Counts> {
  /** 'journal' or 'outbox', for people. */
  readonly name: string;
  readonly folder: string;
  /** A file is full at this size. */
  readonly fileBytes: number;
  readonly log: Log;
  /** Tables of the log's records. */
  readonly schema: string;
  /** The counts as of now: what the next file opens with. */
  counts(): Counts;
  /** Counts at the end of a file, from those at its start and the records in it. */
  scan(file: LogFile, start: Counts): Counts;
  /** Writes into a new file, in the transaction that makes it, what must be known without the files before it. */
  carry?(file: LogFile): void;
  /** Takes over from each file, at the start, what it says of itself. */
  inspect?(file: LogFile, number: number): void;
  /** Takes over from the newest file, at the start, what `carry` and later commits wrote. */
  recover?(file: LogFile): void;
  /** A file in use turned out to be damaged and was put aside: it is no longer among `files`. */
  lost(file: RetainedFile<Counts>): void;
}

/** A file of a log. */
export interface RetainedFile<Counts> {
  readonly number: number;
  readonly path: string;
  /** The version of its tables; only those of the newest are written to. */
  readonly format: number;
  readonly start: Counts;
  /** Counts at its end; absent for the newest file, whose end is the log's. */
  end?: Counts;
  bytes: number;
}

/** As the log itself sees it. */
export interface HeldFile<Counts> extends RetainedFile<Counts> {
  sealed: boolean;
  open: LogFile | undefined;
}

export interface Recovered<Counts> {
  /** Counts at the end of the log, undefined if there is no file. */
  readonly counts: Counts | undefined;
  /** Stretches of the log whose files are gone: what is missing lies between the counts. */
  readonly losses: readonly { readonly from: Counts; readonly to: Counts }[];
  /** How many of the newest files are lost, so that nobody knows what had been numbered in them. */
  readonly newestLost: number;
}
