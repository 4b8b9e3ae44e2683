import type { EncodedSegment, Lane, Range, SeriesDefinition } from '@sluis/protocol';

/*
 * The two logs as their users see them. Both are implemented by the storage worker; over a message port every method
 * returns a promise. Bytes are segments (docs/segment-format.md) whose ids belong to the log's epoch.
 */

/** Ids are dense: `series` are the definitions of the ids from `first` on. What the log already has is skipped. */
export interface Definitions {
  readonly first: number;
  readonly series: readonly SeriesDefinition[];
}

export interface JournalEntry extends EncodedSegment {
  /** The source's name; '' for a tick, which has no samples and empty bytes. */
  readonly source: string;
  /** The agent's clock in µs when the entry was cut. */
  readonly clock: number;
}

/** Where a source has come to in something that it reads, such as a file. */
export interface Cursor {
  readonly source: string;
  /** What it reads, in the source's words. */
  readonly key: string;
  readonly value: string;
}

/** A value that takes the place of the one before; null removes the cursor. */
export type CursorChange = Omit<Cursor, 'value'> & { readonly value: string | null };

export interface StoredEntry {
  readonly sequence: number;
  readonly source: string;
  readonly clock: number;
  readonly samples: number;
  readonly bytes: Uint8Array;
}

export interface JournalState {
  /** 32 hex digits, minted with the log. */
  readonly epoch: string;
  /** Every definition of the epoch that a retained file holds, in order of id; '' paths where the file is gone. */
  readonly definitions: readonly SeriesDefinition[];
  /** No entry from here on has been let go, and the sequence of the next entry. Equal when the journal is empty. */
  readonly lowest: number;
  readonly next: number;
  /** As the last commit left them. They stay when the entries that they came with are gone. */
  readonly cursors: readonly Cursor[];
}

export interface JournalStats {
  readonly samples: number;
  readonly bytes: number;
  /** What is kept of it when no stream needs it, and where what comes in is refused or sheds. */
  readonly quotaBytes: number;
  readonly hardQuotaBytes: number;
  /** Clock of the oldest and newest entry in µs; null when empty. */
  readonly oldest: number | null;
  readonly newest: number | null;
  /** What was given up of the entries of sources that allow it, over the journal's life. */
  readonly shed: ShedCounts;
  /** What streams have missed because they had faulted when the journal had no room for it, over its life. */
  readonly missed: Readonly<Record<string, Missed>>;
  /** What was found damaged, and skipped, over the journal's life. */
  readonly damaged: { readonly entries: number; readonly samples: number };
}

export interface JournalCommit {
  readonly entries: readonly JournalEntry[];
  readonly definitions: Definitions;
  /** Of one cursor, the last change counts. */
  readonly cursors?: readonly CursorChange[];
  /** It may take what is kept for sources that shed: those that do not would take all that the others give up. */
  readonly reserved?: boolean;
}

/** Why a declared policy let data go: the log was at its quota, it was older than the log keeps, or the disk was full. */
export type ShedReason = 'quota' | 'age' | 'disk';

/** By source and reason. */
export type ShedCounts = Readonly<
  Record<string, Readonly<Partial<Record<ShedReason, { readonly entries: number; readonly samples: number }>>>>
>;

/** Samples of a source that no stream has seen and none will, in a part of the journal. */
export interface JournalLoss {
  /** '' where it is not known. */
  readonly source: string;
  readonly reason: ShedReason | 'damaged';
  readonly entries: number;
  readonly samples: number;
  /** All of it lies between these, beside what is not lost. */
  readonly sequences: Range;
  /** Null where that is not known. */
  readonly times: TimeSpan | null;
}

/** All that the journal has lost over its life: at most 256, the older ones joined. */
export interface JournalLosses {
  readonly epoch: string;
  readonly losses: readonly JournalLoss[];
}

/** Which entries may be given up for others. */
export interface ShedRequest {
  /** Only entries of these. */
  readonly sources: readonly string[];
  /** What comes after this no stream has processed. */
  readonly after: number;
  /** What comes up to this no stream that runs will ever read again; one that has faulted would. */
  readonly upTo: number;
}

/** What may go because only streams that have faulted would read it again. */
export interface ForsakeRequest {
  readonly streams: readonly FaultedStream[];
  /** What comes up to this no stream that runs will ever read again. */
  readonly upTo: number;
  /** So many bytes are to fit. */
  readonly bytes: number;
}

export interface FaultedStream {
  readonly name: string;
  /** What comes after this it has not processed. */
  readonly after: number;
  /** It takes only entries of these. */
  readonly sources: readonly string[];
}

/** What a stream has missed: entries of its sources that it had not processed. */
export interface Missed {
  readonly entries: number;
  readonly samples: number;
  /** The agent's clock in µs when the first of it was given up. */
  readonly since: number;
}

export interface Journal {
  state(): JournalState;
  /** Commits entries and cursors in one fsynced transaction and returns the sequence of the first; the others follow it. */
  append(commit: JournalCommit): number;
  /** Entries after a sequence in order, at least one if there is any, at most about `maxBytes`. */
  read(options: { after: number; maxBytes: number }): StoredEntry[];
  /** No stream needs entries at or below `sequence` any more: they stay as a flight recorder until the quota takes them. */
  release(sequence: number): void;
  /** What is not released, but may go before anything new is refused: a saved state is all that still reaches back to it. */
  spare(sequence: number): void;
  /**
   * Gives up the oldest of the entries that may go, file by file, until the disk and the hard quota have room for so many
   * bytes or none is left. Returns the sequence up to which they are gone, or `after` if none of those after it is.
   * Entries at or below `upTo` may be gone too. Safe to repeat.
   */
  shed(request: ShedRequest & { readonly bytes: number }): number;
  /**
   * Lets files go, oldest first, that only streams that have faulted would read again, until there is room for so many
   * bytes. What each of these streams misses by that is counted first. False if no file went.
   */
  forsake(request: ForsakeRequest): boolean;
  /** What was given up and what was found damaged, for the hub to know. */
  losses(): JournalLosses;
  stats(): JournalStats;
}

/** The disk with the data folder. */
export interface DiskState {
  /** It has no space for more: what adds data is refused, or takes the place of older data where that is declared. */
  readonly full: boolean;
  /** The agent's clock in µs when it became so. */
  readonly since: number | null;
}

export interface Disk {
  state(): DiskState;
}

/** How far a stream has come; commits with its outputs. */
export interface StreamPosition {
  /** The journal's epoch. */
  readonly epoch: string;
  /** The last journal sequence wholly processed. */
  readonly position: number;
}

export interface LaneState {
  readonly lane: Lane;
  /** First sequence of the lane in this epoch, lowest still held, and that of the next segment. */
  readonly first: number;
  readonly lowest: number;
  readonly next: number;
}

export interface OutboxState {
  readonly epoch: string;
  /** Ids below this are given; {@link Outbox.definitions} tells what they are. */
  readonly seriesCount: number;
  readonly lanes: readonly LaneState[];
  readonly positions: Readonly<Record<string, StreamPosition>>;
  /** Files are lost and no position was committed since: a stream without one may have had one. */
  readonly positionsLost: boolean;
}

export interface OutboxCommit {
  readonly segments: readonly (EncodedSegment & { readonly lane: Lane })[];
  readonly definitions: Definitions;
  /** All streams whose position moved. */
  readonly positions: Readonly<Record<string, StreamPosition>>;
}

export interface StoredSegment {
  readonly lane: Lane;
  readonly sequence: number;
  readonly samples: number;
  readonly crc: number;
  readonly bytes: Uint8Array;
  /** All ids in `bytes` are below this. */
  readonly seriesBound: number;
}

export interface OutboxStats {
  /** What is held and not acked. */
  readonly samples: number;
  readonly bytes: number;
  readonly segments: number;
  /** Clock in µs at which the first and the last of it were committed; null when there is nothing. */
  readonly oldest: number | null;
  readonly newest: number | null;
  /** Bytes of the files, acked segments that are still held included: what the quota is about. */
  readonly fileBytes: number;
  readonly quotaBytes: number;
  /** Totals of the log's life, over all epochs; a segment that is acked again in a later epoch counts once. */
  readonly acked: SegmentTotals;
  /** Totals of what was given up before it was acked, by reason: it will never be sent. */
  readonly damaged: SegmentTotals;
  readonly refused: SegmentTotals;
  readonly shed: Readonly<Record<ShedReason, SegmentTotals>>;
}

export interface SegmentTotals {
  readonly samples: number;
  readonly segments: number;
  readonly bytes: number;
}

/** Why segments will never be sent: their bytes are damaged, the hub refuses them, or they were shed. */
export type LossReason = 'damaged' | 'refused' | ShedReason;
/** Or why sequences never were any segments': the commit that had numbered them failed. The hub is to wait for none. */
export type GivenUpReason = LossReason | 'burned';

/** What happens when a log is at its quota, or the disk is full: what comes in is refused, or takes the place of the oldest. */
export type WhenFull = 'back-pressure' | 'shed-oldest';

/** The first and the last time of samples in µs since 1970, both included. */
export interface TimeSpan {
  readonly first: number;
  readonly last: number;
}

/**
 * Sequences of a lane that will never be sent, and why. A range that was told before may come again grown, joined with
 * its neighbour of the same reason: it then stands for both, with the samples of both. Some of its sequences may have
 * been on their way and reach the hub all the same: once that is known, the range comes again with fewer samples.
 */
export interface GivenUp {
  readonly lane: Lane;
  readonly sequences: Range;
  readonly samples: number;
  readonly reason: GivenUpReason;
  /** Times of the samples; null where the file that told them is lost, and for what an older version gave up. */
  readonly times: TimeSpan | null;
  /** The outbox's epoch in which that was. */
  readonly epoch: string;
}

export interface Outbox {
  state(): OutboxState;
  /** Commits segments and positions in one fsynced transaction and returns the sequence of each segment. */
  commit(commit: OutboxCommit): number[];
  /**
   * Segments of a lane from a sequence on that are held and not acked, in order, at least one if there is any, at most
   * about `maxBytes`. A sequence that is left out between two of them was acked, burned (its commit failed) or damaged:
   * it will never come. The same goes for one that was given up.
   */
  read(options: { lane: Lane; from: number; maxBytes: number }): StoredSegment[];
  /** Definitions of the ids `from` (inclusive) to `to` (exclusive), '' paths where the file is gone. */
  definitions(ids: Range): SeriesDefinition[];
  /**
   * Whether the segment with this CRC, the highest that the hub has of a lane, is the one that was appended here under
   * its sequence. True also of what was acked and is gone; false if it was given up and nothing tells any more.
   */
  isOwn(lane: Lane, sequence: number, crc: number): boolean;
  /**
   * The hub has committed these: they are never sent again. Files go from the oldest on, each when all in it is acked,
   * so that what is held is one range per lane. Safe to repeat.
   */
  acknowledge(lane: Lane, ranges: readonly Range[]): void;
  /**
   * These, and no others, are what the hub has of a lane. Beyond what {@link acknowledge} does with them: what was acked
   * and is not among them is to be sent again if it is still held, for the hub was put back as it was some time ago.
   * Returns how many sequences that are.
   */
  reconcile(lane: Lane, ranges: readonly Range[]): number;
  /** The hub refuses what these hold, and would again: it is counted, and not sent in this or a later epoch. */
  giveUp(lane: Lane, sequences: Range): void;
  /** What was given up, in this epoch and in earlier ones, for the hub to know: at most 256 ranges a lane, the newest. */
  givenUp(): GivenUp[];
  /**
   * The history is no longer the hub's (restored folder, lying disk): mints a new epoch that starts at the lowest
   * sequence still held. All that is held keeps its sequence and is sent again, acked or not: repeats are harmless,
   * and which of two histories an ack spoke of cannot be told. Durable when it returns.
   */
  remint(): OutboxState;
  stats(): OutboxStats;
}

/** Operator state at a position, in a file of its own: two are kept per stream. */
export interface Snapshots {
  /** Written, fsynced, renamed into place, folder fsynced. */
  save(stream: string, snapshot: { epoch: string; position: number; bytes: Uint8Array }): void;
  /** The newest undamaged snapshot of this epoch at or before `position`. */
  load(stream: string, at: { epoch: string; position: number }): { position: number; bytes: Uint8Array } | undefined;
}
