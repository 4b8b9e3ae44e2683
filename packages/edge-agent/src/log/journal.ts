import type { Log } from '@sluis/plugin-sdk';
import { isClosedBy } from '@sluis/protocol';
import { minimumAge } from './age.ts';
import type { Ballast } from './ballast.ts';
import { Cursors } from './cursors.ts';
import {
  type Counts,
  emptyCounts,
  entriesOf,
  firstClock,
  insertEntry,
  journalSchema,
  pointOf,
  scan,
  takenBy,
} from './journal-file.ts';
import type {
  FaultedStream,
  ForsakeRequest,
  Journal,
  JournalCommit,
  JournalLosses,
  JournalState,
  JournalStats,
  Missed,
  ShedReason,
  ShedRequest,
  StoredEntry,
} from './log.ts';
import type { LogFile } from './log-file.ts';
import type { RetainedFile } from './log-shape.ts';
import { SegmentedLog } from './segmented-log.ts';
import { type Hole, holdsSome, ShedEntries, type Sheddable } from './shed-entries.ts';
import { isFull, StorageError } from './storage-error.ts';

export interface JournalOptions {
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
  readonly fileBytes: number;
  /** The agent's clock in µs. */
  readonly now: () => number;
  /** Says whether the disk takes more. */
  readonly ballast: Ballast;
  /** Gives back space of the disk that a declared policy lets go elsewhere; false if there is none. */
  relieve(): boolean;
}

/**
 * Most sequences that one file can number. When the newest files are lost, nobody knows what had been numbered in them:
 * the journal then goes on this far behind for each, so that no sequence is given twice and positions stay valid.
 */
const SEQUENCES_PER_FILE = 2 ** 20;
/** What an entry counts beside its bytes, so that a read of many empty ones is bounded too. */
const ENTRY_OVERHEAD = 64;
/** A file takes at most this part of the time that entries are kept for. */
const FILE_SHARE_OF_AGE = 1 / 4;
/** Of a thinned file: small, as there may be nothing left in it but how much that was. */
const THINNED_PAGE_BYTES = 1024;

/** Raw input, durable: a ring of files, of which those that running streams still need are never retired. */
export class SqliteJournal implements Journal, Disposable {
  readonly #options: JournalOptions;
  readonly #files: SegmentedLog<Counts>;
  readonly #cursors = new Cursors();
  readonly #shed = new ShedEntries();
  #counts: Counts;
  /** Files, by number, that hold nothing that may be shed and never will; the sources that shed stay the same. */
  readonly #bare = new Set<number>();
  #released = 0;
  #spared = 0;

  constructor(options: JournalOptions) {
    this.#options = options;
    this.#counts = emptyCounts();
    this.#files = new SegmentedLog({
      name: 'journal',
      folder: options.folder,
      fileBytes: options.fileBytes,
      log: options.log,
      schema: journalSchema,
      counts: () => this.#counts,
      scan,
      inspect: (file, number) => this.#shed.recoverFile(number, file),
      carry: (file) => {
        this.#cursors.write(file, this.#cursors.all);
        this.#shed.carry(file);
      },
      recover: (file) => {
        this.#cursors.recover(file);
        this.#shed.recover(file);
      },
      lost: (file) => {
        this.#countLoss(file.start, this.#files.endOf(file), this.#shed.in(file.number));
        this.#shed.lose(file.number);
      },
    });
  }

  open(): void {
    const { counts, losses, newestLost } = this.#files.open();
    if (counts) this.#counts = counts;
    for (const { from, to } of losses) {
      this.#countLoss(from, to, this.#shed.vacatedIn({ from, to }));
    }
    // What is counted as missed, or as gone, is not read after all, though a kill may have left the file.
    while (this.#files.files.length > 0 && this.#files.files[0].number <= this.#shed.forsaken) {
      if (!this.#retireOldest()) break;
    }
    this.#files.files.filter((file) => this.#shed.isVacated(this.#partOf(file))).forEach((file) => this.#remove(file));
    if (newestLost === 0) return;
    this.#counts = { ...this.#counts, next: this.#counts.next + newestLost * SEQUENCES_PER_FILE };
    this.#options.log.error(
      { files: newestLost, after: this.#counts.valid, next: this.#counts.next },
      'the newest entries of the journal are lost: how many is not known',
    );
  }

  state(): JournalState {
    const { epoch, next } = this.#counts;
    const [oldest] = this.#files.files;
    // What was burned before a file is missed by nobody.
    const lowest = oldest ? oldest.start.valid + 1 : next;
    return { epoch, definitions: this.#files.series.all, lowest, next, cursors: this.#cursors.all };
  }

  append(commit: JournalCommit): number {
    const { ballast } = this.#options;
    let incoming = 0;
    for (const entry of commit.entries) incoming += entry.bytes.length;
    this.#makeRoom(commit, incoming);
    for (;;) {
      while (!ballast.hasSpaceFor(incoming)) if (!this.relieve() && !this.#options.relieve()) throw ballast.refusal();
      try {
        return this.#write(commit);
      } catch (error) {
        if (!isFull(error)) throw error;
        ballast.letGo();
        this.#files.sealAbandoned();
        // A further try follows a file that went, so that a commit longer than all that can go is refused in the end.
        if (!this.relieve() && !this.#options.relieve()) throw ballast.refusal();
      }
    }
  }

  #write({ entries, definitions, cursors = [] }: JournalCommit): number {
    let first = this.#counts.next;
    let assigned = 0;
    const used = entries.map((entry) => entry.series);
    const after = { ...this.#counts };
    try {
      this.#files.write(definitions, used, (file) => {
        first = this.#counts.next;
        for (const entry of entries) {
          insertEntry(file, first + assigned++, entry);
          after.samples += entry.samples;
          after.clock = entry.clock;
        }
        this.#cursors.write(file, cursors);
      });
    } catch (error) {
      this.#counts = { ...this.#counts, next: first + assigned };
      throw error;
    }
    this.#cursors.apply(cursors);
    if (assigned > 0) {
      after.next = first + assigned;
      after.valid = after.next - 1;
      after.entries += assigned;
      this.#counts = after;
    }
    try {
      this.#retire();
    } catch (error) {
      // What was appended is durable, and must be told as that.
      this.#options.log.warn({ err: error }, 'old files of the journal could not be removed; they will be later');
    }
    return first;
  }

  read({ after, maxBytes }: { after: number; maxBytes: number }): StoredEntry[] {
    const found: StoredEntry[] = [];
    let bytes = 0;
    let full = false;
    for (const file of this.#files.files.slice(this.#indexOf(after + 1))) {
      const before = { count: found.length, bytes };
      this.#files.read(file, (open) => {
        found.length = before.count;
        ({ bytes } = before);
        const { valid } = this.#files.endOf(file);
        for (const { crc, ...entry } of entriesOf(open, { after, valid })) {
          bytes += entry.bytes.length + ENTRY_OVERHEAD;
          full = found.length > 0 && bytes > maxBytes;
          if (full) break;
          if (entry.bytes.length === 0 || isClosedBy(entry.bytes, crc)) found.push(entry);
          else this.#reportDamage(entry, file.path);
        }
      });
      if (full) break;
    }
    return found;
  }

  release(sequence: number): void {
    this.#released = Math.max(this.#released, sequence);
    this.#retire();
  }

  spare(sequence: number): void {
    this.#spared = Math.max(this.#spared, sequence);
  }

  /** Lets go of the oldest file that is kept as a flight recorder only; false if there is none. */
  relieve(): boolean {
    const [oldest] = this.#files.files;
    if (!oldest || oldest === this.#files.writing) return false;
    if (this.#files.endOf(oldest).valid > Math.max(this.#released, this.#spared)) return false;
    return this.#retireOldest();
  }

  losses(): JournalLosses {
    return { epoch: this.#counts.epoch, losses: this.#shed.losses };
  }

  /** Records what was found damaged, and lets go what is kept longer than declared. To be called each second. */
  flush(): void {
    this.#files.sealAbandoned();
    this.#recordDamage();
    const { keep, now } = this.#options;
    if (keep === undefined) return;
    const { writing } = this.#files;
    const begun = writing ? this.#firstClock(writing) : null;
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

  stats(): JournalStats {
    let samples = 0;
    for (const file of this.#files.files) {
      samples += this.#files.endOf(file).samples - file.start.samples - this.#shed.in(file.number).samples;
    }
    const oldest = this.#oldestClock();
    const newest = oldest === null ? null : this.#counts.clock;
    const { quotaBytes, hardQuotaBytes } = this.#options;
    const { damaged, missed, total: shed } = this.#shed;
    return { samples, bytes: this.#files.bytes, quotaBytes, hardQuotaBytes, oldest, newest, shed, missed, damaged };
  }

  [Symbol.dispose](): void {
    try {
      this.#recordDamage();
    } catch (error) {
      this.#options.log.warn({ err: error }, 'what was found damaged could not be recorded: it may be found again');
    }
    this.#files[Symbol.dispose]();
  }

  #recordDamage(): void {
    if (this.#shed.isRecorded) return;
    this.#record((file) => this.#shed.carry(file));
    this.#shed.recorded();
  }

  get #lowest(): number {
    return this.#files.files[0]?.start.next ?? this.#counts.next;
  }

  /** Index of the file that holds `sequence`, or of the next one if none does. */
  #indexOf(sequence: number): number {
    const files = this.#files.files;
    let i = files.length;
    while (i > 0 && this.#files.endOf(files[i - 1]).valid >= sequence) i--;
    return i;
  }

  #makeRoom({ entries, reserved = false }: JournalCommit, bytes: number): void {
    const { writing } = this.#files;
    const after = this.#counts.next + entries.length;
    if (this.#files.isFull || (writing && after - writing.start.next > SEQUENCES_PER_FILE)) this.#files.seal();
    const { quotaBytes, hardQuotaBytes, folder, reserveBytes = 0 } = this.#options;
    const most = reserved ? hardQuotaBytes : hardQuotaBytes - reserveBytes;
    // What comes in must fit as well: where the two quotas are close, that leaves less than the quota.
    const room = Math.min(quotaBytes, most - bytes);
    this.#retire(this.#released, room);
    if (this.#files.bytes + bytes > most) this.#retire(Math.max(this.#released, this.#spared), room);
    if (this.#files.bytes + bytes <= most) return;
    throw new StorageError(
      'quota',
      `the journal in ${folder} is at its hard quota of ${hardQuotaBytes} bytes, and streams still need what it holds`,
    );
  }

  /** Why so many bytes would not be taken now, after all has gone that nobody needs. */
  #lacksRoom(bytes: number): ShedReason | undefined {
    const { hardQuotaBytes, ballast } = this.#options;
    this.#retire(Math.max(this.#released, this.#spared), hardQuotaBytes - bytes);
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
    let rows: ReturnType<ShedEntries['thin']> = [];
    const fill = (files: { source: LogFile; target: LogFile }): void => {
      rows = this.#shed.thin(valid, files, { request, reason });
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
      this.#shed.vacate(file.number, this.#partOf(file), (work) => this.#record(work));
      this.#remove(file);
    }
  }

  /** Files up to a sequence go, oldest first, until those that are left have at most `room` bytes. */
  #retire(upTo = this.#released, room = this.#options.quotaBytes): void {
    for (;;) {
      const oldest = this.#files.files[0];
      if (!oldest || oldest === this.#files.writing || this.#files.bytes <= room) return;
      if (this.#files.endOf(oldest).valid > upTo) return;
      if (!this.#retireOldest()) return;
    }
  }

  /** False if the disk refuses. */
  #retireOldest(): boolean {
    const [oldest] = this.#files.files;
    this.#shed.retire(oldest.number, (work) => this.#record(work));
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
    if (Object.keys(missed).length > 0) this.#shed.forsake(oldest.number, missed, (work) => this.#record(work));
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

  #record(work: (file: LogFile) => void): void {
    this.#files.write({ first: 0, series: [] }, [], work);
  }

  #oldestClock(): number | null {
    for (const file of this.#files.files) {
      const clock = this.#firstClock(file);
      if (clock !== null) return clock;
    }
    return null;
  }

  /** Clock of a file's first entry, null if it holds none. */
  #firstClock(file: RetainedFile<Counts>): number | null {
    const { valid } = this.#files.endOf(file);
    return this.#files.read(file, (open) => firstClock(open, valid)) ?? null;
  }

  #countLoss(from: Counts, to: Counts, shed = { entries: 0, samples: 0 }): void {
    const entries = to.entries - from.entries - shed.entries;
    if (entries === 0) return;
    const samples = to.samples - from.samples - shed.samples;
    const sequences = { from: from.next, to: to.next };
    if (!this.#shed.damage({ source: '', entries, samples, sequences, times: null })) return;
    this.#options.log.error(
      { after: from.valid, before: to.next, entries, samples },
      'entries of the journal are lost with a damaged file; streams go on without them',
    );
  }

  #reportDamage({ sequence, source, samples }: StoredEntry, path: string): void {
    const sequences = { from: sequence, to: sequence + 1 };
    if (!this.#shed.damage({ source, entries: 1, samples, sequences, times: null })) return;
    this.#options.log.error(
      { sequence, samples, path },
      'an entry of the journal is damaged; streams go on without it',
    );
  }
}
