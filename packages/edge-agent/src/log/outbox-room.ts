import type { Log } from '@sluis/plugin-sdk';
import { Lane } from '@sluis/protocol';
import { minimumAge } from './age.ts';
import type { Ballast } from './ballast.ts';
import type { HeldSegments } from './held-segments.ts';
import type { RetainedFile } from './log-shape.ts';
import type { OutboxCommit, ShedReason, WhenFull } from './log.ts';
import type { Counts } from './outbox-counts.ts';
import { firstClock, lastClock } from './outbox-file.ts';
import type { OutboxProgress } from './outbox-progress.ts';
import { noSegments, sum } from './segment-totals.ts';
import type { SegmentedLog } from './segmented-log.ts';
import { StorageError } from './storage-error.ts';
import type { WaitingSegments } from './waiting-segments.ts';

export interface OutboxRoomOptions {
  readonly folder: string;
  readonly log: Log;
  /** The agent's clock in µs. */
  readonly now: () => number;
  readonly quotaBytes: number;
  /** What commits with segments do at the quota, or on a full disk, while the hub has not acked what is held. */
  readonly whenFull: WhenFull;
  /** What is held longer than this, in µs, is shed. For ever unless given. */
  readonly keep?: number | undefined;
  /** Says whether the disk takes more. */
  readonly ballast: Ballast;
  /** Gives back space of the disk that holds nothing anybody needs; false if there is none. */
  relieve(): boolean;
}

const lanes = Object.values(Lane);
/** A file takes at most this part of the time that segments are kept for. */
const FILE_SHARE_OF_AGE = 1 / 4;

/**
 * What leaves the outbox: files of which all is done, and, at its quota, on a full disk and when data is older than
 * declared, the oldest ones, if that is its policy. What in one was neither acked nor given up is given up, and recorded;
 * only then the file is unlinked. A kill before the record leaves all as it was; one after it leaves a file that is done
 * with, and counted. Until it is recorded the shed is not undone: those segments are not sent, and the file goes with the
 * next record.
 */
export class OutboxRoom {
  readonly #options: OutboxRoomOptions;
  readonly #files: SegmentedLog<Counts>;
  readonly #held: HeldSegments;
  readonly #waiting: WaitingSegments;
  readonly #progress: OutboxProgress;
  readonly #record: () => void;

  /** `record` writes the progress down. */
  constructor(parts: {
    options: OutboxRoomOptions;
    files: SegmentedLog<Counts>;
    held: HeldSegments;
    waiting: WaitingSegments;
    progress: OutboxProgress;
    record(): void;
  }) {
    this.#options = parts.options;
    this.#files = parts.files;
    this.#held = parts.held;
    this.#waiting = parts.waiting;
    this.#progress = parts.progress;
    this.#record = parts.record.bind(parts);
  }

  sealIfFull(): void {
    if (!this.#files.isFull) return;
    this.#files.seal();
    this.retire();
  }

  /**
   * Makes room for segments, as far as the policy allows.
   * @throws StorageError 'quota' or 'full'
   */
  make(segments: OutboxCommit['segments']): void {
    const { quotaBytes, folder, ballast } = this.#options;
    let incoming = 0;
    for (const { bytes } of segments) incoming += bytes.length;
    while (this.#files.bytes + incoming > quotaBytes) {
      if (incoming <= quotaBytes && this.#mayShed && this.#shedOldest('quota')) continue;
      throw new StorageError(
        'quota',
        `the outbox in ${folder} is at its quota of ${quotaBytes} bytes, and the hub has not acked what it holds`,
      );
    }
    while (!ballast.hasSpaceFor(incoming)) if (!this.relieveDisk()) throw ballast.refusal();
  }

  /** Gives back some of a full disk, of what nobody needs before any other; false if nothing may go. */
  relieveDisk(): boolean {
    return this.#options.relieve() || this.relieve();
  }

  /** Sheds the oldest for a full disk, if that is the policy; false if nothing went. */
  relieve(): boolean {
    return this.#mayShed && this.#shedOldest('disk');
  }

  /** Lets go what is held longer than declared. A file that is filled slowly is ended in time, so that it can go in time. */
  shedAged(): void {
    const { keep, now } = this.#options;
    if (keep === undefined) return;
    const clock = now();
    const { writing } = this.#files;
    const begun = writing && this.#clockOf(writing, firstClock, Math.min);
    if (begun !== undefined && minimumAge(begun, clock) > keep * FILE_SHARE_OF_AGE) this.#files.seal();
    for (;;) {
      const [oldest] = this.#files.files;
      const newest = oldest && this.#clockOf(oldest, lastClock, Math.max);
      if (newest === undefined || minimumAge(newest, clock) <= keep || !this.#shedOldest('age')) return;
    }
  }

  /** Lets files go in which nothing is left to be sent. */
  retire(): void {
    if (!this.#oldestIsDone()) return;
    try {
      this.#record();
      // Where the log stands must be in another file before the newest goes.
      if (this.#files.files.length === 1) this.#files.rotate();
    } catch (error) {
      // Nothing else would tell of what was given up: the file stays until that is recorded.
      if (this.#progress.hasUnrecordedLosses) throw error;
      this.#options.log.warn({ err: error }, 'acks could not be recorded before their file goes');
    }
    while (this.#files.files.length > 1 && this.#oldestIsDone()) if (!this.#files.remove(this.#files.files[0])) break;
    this.#waiting.clip();
  }

  get #mayShed(): boolean {
    return this.#options.whenFull === 'shed-oldest';
  }

  /** Lets the oldest file go, whatever it holds. False if nothing is held. */
  #shedOldest(reason: ShedReason): boolean {
    const [oldest] = this.#files.files;
    const held = lanes.map((lane) => ({ lane, range: oldest && this.#held.in(oldest, lane) }));
    if (held.every(({ range }) => !range || range.from >= range.to)) return false;
    if (oldest === this.#files.writing) this.#files.seal();
    const shed = held.map(({ lane, range }) => this.#waiting.giveUp(lane, range, reason)).reduce(sum, noSegments);
    if (shed.segments > 0) {
      this.#options.log.warn(
        { reason, ...shed },
        'the oldest segments of the outbox were shed: the hub will not get them',
      );
    }
    this.retire();
    return this.#files.files[0] !== oldest;
  }

  #clockOf(file: RetainedFile<Counts>, find: typeof firstClock, best: (...clocks: number[]) => number) {
    const clocks = this.#files.read(file, (open) => lanes.map((lane) => find(open, lane)));
    const known = clocks?.filter((clock) => clock !== undefined) ?? [];
    return known.length > 0 ? best(...known) : undefined;
  }

  #oldestIsDone(): boolean {
    const oldest = this.#files.files[0];
    if (!oldest || oldest === this.#files.writing) return false;
    return lanes.every((lane) => this.#progress.lane(lane).done.covers(this.#held.in(oldest, lane)));
  }
}
