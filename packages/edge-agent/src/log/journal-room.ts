import type { Log } from '@sluis/plugin-sdk';
import { minimumAge } from './age.ts';
import type { Ballast } from './ballast.ts';
import { type Counts, firstClock, pointOf, takenBy } from './journal-file.ts';
import type { FaultedStream, ForsakeRequest, JournalCommit, Missed, ShedReason, ShedRequest } from './log.ts';
import type { LogFile } from './log-file.ts';
import type { RetainedFile } from './log-shape.ts';
import type { SegmentedLog } from './segmented-log.ts';
import type { ShedEntries } from './shed-entries.ts';
import type { Hole } from './shed-record.ts';
import { StorageError } from './storage-error.ts';
import { holdsSome, type Sheddable, thin, type ThinnedRow } from './thinned-file.ts';

export interface RoomOptions {
  readonly folder: string;
  readonly log: Log;
  /** Above this, files that no stream needs any more are retired, oldest first. */
  readonly quotaBytes: number;
  /** At this, appending is refused until streams have released something. */
  readonly hardQuotaBytes: number;
  /** Of the hard quota, what only reserved commits may take. Nothing unless given. */
  readonly reserveBytes?: number | undefined;
  /** What no stream needs any more goes when it is older than this, in µs. As far as the quota reaches unless given. */
  readonly keep?: number | undefined;
  /** The agent's clock in µs. */
  readonly now: () => number;
  /** Says whether the disk takes more. */
  readonly ballast: Ballast;
}

/** A file takes at most this part of the time that entries are kept for. */
const FILE_SHARE_OF_AGE = 1 / 4;
/** Of a thinned file: small, as there may be nothing left in it but how much that was. */
const THINNED_PAGE_BYTES = 1024;

/** What leaves the journal, and why: nobody needs it any more, it is too old, or something has to go for what comes in. */
export class JournalRoom {
  readonly #options: RoomOptions;
  readonly #files: SegmentedLog<Counts>;
  readonly #shed: ShedEntries;
  readonly #counts: () => Counts;
  /** Files, by number, that hold nothing that may be shed and never will; the sources that shed stay the same. */
  readonly #bare = new Set<number>();
  #released = 0;
  #spared = 0;

  constructor({
    options,
    files,
    shed,
    counts,
  }: {
    options: RoomOptions;
    files: SegmentedLog<Counts>;
    shed: ShedEntries;
    counts: () => Counts;
  }) {
    this.#options = options;
    this.#files = files;
    this.#shed = shed;
    this.#counts = counts;
  }

  /** At a start: what is counted as missed, or as gone, is not read after all, though a kill may have left the file. */
  removeGone(): void {
    while (this.#files.files.length > 0 && this.#files.files[0].number <= this.#shed.forsaken) {
      if (!this.#retireOldest()) break;
    }
    this.#files.files.filter((file) => this.#shed.isVacated(this.#partOf(file))).forEach((file) => this.#remove(file));
  }

  release(sequence: number): void {
    this.#released = Math.max(this.#released, sequence);
    this.retire();
  }

  spare(sequence: number): void {
    this.#spared = Math.max(this.#spared, sequence);
  }

  /**
   * Makes room for what comes in, as far as nobody needs what goes.
   * @throws StorageError 'quota'
   */
  make(bytes: number, { reserved = false }: Pick<JournalCommit, 'reserved'>): void {
    const { quotaBytes, hardQuotaBytes, folder, reserveBytes = 0 } = this.#options;
    const most = reserved ? hardQuotaBytes : hardQuotaBytes - reserveBytes;
    // What comes in must fit as well: where the two quotas are close, that leaves less than the quota.
    const room = Math.min(quotaBytes, most - bytes);
    this.retire(this.#released, room);
    if (this.#files.bytes + bytes > most) this.retire(Math.max(this.#released, this.#spared), room);
    if (this.#files.bytes + bytes <= most) return;
    throw new StorageError(
      'quota',
      `the journal in ${folder} is at its hard quota of ${hardQuotaBytes} bytes, and streams still need what it holds`,
    );
  }

  /** Files up to a sequence go, oldest first, until those that are left have at most `room` bytes. */
  retire(upTo = this.#released, room = this.#options.quotaBytes): void {
    for (;;) {
      const oldest = this.#files.files[0];
      if (!oldest || oldest === this.#files.writing || this.#files.bytes <= room) return;
      if (this.#files.endOf(oldest).valid > upTo) return;
      if (!this.#retireOldest()) return;
    }
  }

  /** Lets go of the oldest file that is kept as a flight recorder only; false if there is none. */
  relieve(): boolean {
    const [oldest] = this.#files.files;
    if (!oldest || oldest === this.#files.writing) return false;
    if (this.#files.endOf(oldest).valid > Math.max(this.#released, this.#spared)) return false;
    return this.#retireOldest();
  }

  /** Lets go what is kept longer than declared. */
  retireAged(): void {
    const { keep, now } = this.#options;
    if (keep === undefined) return;
    const { writing } = this.#files;
    const begun = writing ? firstClockOf(this.#files, writing) : null;
    // A file that is filled slowly is ended in time, so that it can go in time.
    if (begun !== null && minimumAge(begun, now()) > keep * FILE_SHARE_OF_AGE) this.#files.seal();
    for (;;) {
      const [oldest] = this.#files.files;
      if (!oldest || oldest === this.#files.writing) return;
      const { valid, clock } = this.#files.endOf(oldest);
      if (valid > this.#released || clock === null || minimumAge(clock, now()) <= keep) return;
      if (!this.#retireOldest()) return;
    }
  }

  shed({ bytes, ...asked }: ShedRequest & { readonly bytes: number }): number {
    const request = { ...asked, done: Math.max(this.#released, this.#spared) };
    let through = request.after;
    try {
      for (;;) {
        const reason = this.#lacksRoom(bytes);
        const file = reason && this.#oldestWith(request);
        if (!file || !this.#thin(file, request, reason)) return through;
        through = Math.max(through, this.#files.endOf(file).valid);
        this.#removeEmpty(request);
      }
    } catch (error) {
      // What has gone by then must be told; whether there is room is found out by the next append.
      this.#options.log.warn({ err: error }, 'the journal could not make more room');
      return through;
    }
  }

  forsake({ streams, upTo, bytes }: ForsakeRequest): boolean {
    const { hardQuotaBytes, reserveBytes = 0, ballast } = this.#options;
    while (this.#files.bytes + bytes > hardQuotaBytes - reserveBytes || !ballast.hasSpaceFor(bytes)) {
      const [oldest] = this.#files.files;
      if (!oldest || oldest === this.#files.writing || this.#files.endOf(oldest).valid > upTo) return false;
      if (!this.#forsakeOldest(streams)) return false;
    }
    return true;
  }

  /** Why so many bytes would not be taken now, after all has gone that nobody needs. */
  #lacksRoom(bytes: number): ShedReason | undefined {
    const { hardQuotaBytes, ballast } = this.#options;
    this.retire(Math.max(this.#released, this.#spared), hardQuotaBytes - bytes);
    while (!ballast.hasSpaceFor(bytes)) if (!this.relieve()) return 'disk';
    return this.#files.bytes + bytes > hardQuotaBytes ? 'quota' : undefined;
  }

  /** The oldest file with entries that may go. */
  #oldestWith(request: Sheddable): RetainedFile<Counts> | undefined {
    return this.#files.files.find((file) => {
      const { valid } = this.#files.endOf(file);
      if (valid <= request.after && file.start.next > request.upTo) return false;
      if (this.#bare.has(file.number)) return false;
      const holds = this.#files.read(file, (open) => holdsSome(open, valid, request));
      const isWhole = file !== this.#files.writing && (valid <= request.upTo || file.start.next > request.after);
      if (holds === false && isWhole) this.#bare.add(file.number);
      return holds;
    });
  }

  /** Takes what may go out of a file. False if that cannot be done now. */
  #thin(file: RetainedFile<Counts>, request: Sheddable, reason: ShedReason): boolean {
    const { log } = this.#options;
    if (file === this.#files.writing) this.#files.seal();
    const { number } = file;
    const { valid } = this.#files.endOf(file);
    const before = this.#shed.in(number);
    let rows: readonly ThinnedRow[] = [];
    const fill = (files: { source: LogFile; target: LogFile }): void => {
      rows = thin(valid, files, { request, reason });
    };
    if (!this.#files.rewrite(file, { table: 'entry', pageBytes: THINNED_PAGE_BYTES, fill })) return false;
    this.#shed.thinned(number, rows);
    const after = this.#shed.in(number);
    const fields = { reason, entries: after.entries - before.entries, samples: after.samples - before.samples };
    log.warn({ ...fields, sources: request.sources }, 'the oldest entries of sources that allow it were shed');
    return true;
  }

  /**
   * Lets files go in which nothing but ticks is left, wherever they are: idle streams see the time a little later. Behind
   * an older one that has to stay, emptied ones would else take ever more room with what each file begins with.
   */
  #removeEmpty({ after, upTo }: ShedRequest): void {
    for (const file of this.#files.files) {
      if (file === this.#files.writing) return;
      const { valid, samples } = this.#files.endOf(file);
      if (valid > upTo && file.start.next <= after) continue;
      if (samples - file.start.samples > this.#shed.in(file.number).samples) continue;
      if (file === this.#files.files[0]) {
        if (!this.#retireOldest()) return;
        continue;
      }
      this.#shed.vacate(file.number, this.#partOf(file), (work) => this.#files.record(work));
      this.#remove(file);
    }
  }

  /** False if the disk refuses. */
  #retireOldest(): boolean {
    const [oldest] = this.#files.files;
    this.#shed.retire(oldest.number, (work) => this.#files.record(work));
    return this.#remove(oldest);
  }

  #remove(file: RetainedFile<Counts>): boolean {
    // Where the log stands must be in another file before the newest goes.
    if (file === this.#files.files.at(-1)) this.#files.rotate();
    if (!this.#files.remove(file)) return false;
    this.#shed.retired(file.number);
    this.#bare.delete(file.number);
    this.#shed.clip(this.#lowest);
    return true;
  }

  #partOf(file: RetainedFile<Counts>): Hole {
    return { from: pointOf(file.start), to: pointOf(this.#files.endOf(file)) };
  }

  /** Lets the oldest file go though streams that have faulted would read it again. False if the disk refuses. */
  #forsakeOldest(streams: readonly FaultedStream[]): boolean {
    const { log, now } = this.#options;
    const [oldest] = this.#files.files;
    const missed: Record<string, Missed> = {};
    // Unless that is recorded, and only its file is left.
    for (const stream of oldest.number > this.#shed.forsaken ? streams : []) {
      const { entries, samples } = this.#takenBy(stream, oldest);
      if (entries > 0) missed[stream.name] = { entries, samples, since: now() };
    }
    // Reading it may have shown that it is damaged.
    if (this.#files.files[0] !== oldest) return true;
    if (Object.keys(missed).length > 0) this.#shed.forsake(oldest.number, missed, (work) => this.#files.record(work));
    const isGone = this.#retireOldest();
    for (const [stream, { entries, samples }] of Object.entries(missed)) {
      log.error(
        { stream, entries, samples },
        `stream '${stream}' has faulted, and the journal has no room for all that it still needs: it misses some of it`,
      );
    }
    return isGone;
  }

  /** What of a file a stream has not processed. */
  #takenBy(stream: FaultedStream, file: RetainedFile<Counts>): { entries: number; samples: number } {
    const { valid } = this.#files.endOf(file);
    if (valid <= stream.after) return { entries: 0, samples: 0 };
    return this.#files.read(file, (open) => takenBy(open, stream, valid)) ?? { entries: 0, samples: 0 };
  }

  get #lowest(): number {
    return this.#files.files[0]?.start.next ?? this.#counts().next;
  }
}

/** Clock of a file's first entry, null if it holds none. */
export function firstClockOf(files: SegmentedLog<Counts>, file: RetainedFile<Counts>): number | null {
  const { valid } = files.endOf(file);
  return files.read(file, (open) => firstClock(open, valid)) ?? null;
}
