import type { DoneWork } from './compaction-options.ts';
import type { Dropped } from './store.ts';
import type { TierStatus } from './tiers.ts';

/** What the store worker says to the main thread without being asked: one of these at a time. */
export interface WorkerNews {
  /** The query process refuses what it is sent, time and again. */
  readonly feedFailed?: string;
  /** The query process on this socket has not loaded what it was sent for so long that it never will. */
  readonly feedStalled?: string;
  /** A commit holds, or defines, series that are dropped. */
  readonly dropped?: readonly Dropped[];
  /** A commit finds no space, or one does again. */
  readonly diskFull?: boolean;
  /** The space that is kept for a full disk cannot be had, or not be given back. */
  readonly ballastFailed?: string;
  /** Files cannot be written, or, with no reason, can be again. */
  readonly compaction?: { readonly lane: string; readonly reason: string | undefined };
  /** Files were written or removed. */
  readonly filesDone?: DoneWork;
  /** The files that count have changed; said at the start, too. */
  readonly tiers?: readonly TierStatus[];
}
