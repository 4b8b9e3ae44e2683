import { isClosedBy } from '@sluis/protocol';
import { Cursors } from './cursors.ts';
import { type Counts, emptyCounts, entriesOf, insertEntry, journalSchema, scan } from './journal-file.ts';
import { firstClockOf, JournalRoom, type RoomOptions } from './journal-room.ts';
import type {
  ForsakeRequest,
  Journal,
  JournalCommit,
  JournalLosses,
  JournalState,
  JournalStats,
  ShedRequest,
  StoredEntry,
} from './log.ts';
import { SegmentedLog } from './segmented-log.ts';
import { ShedEntries } from './shed-entries.ts';
import { isFull } from './storage-error.ts';

export interface JournalOptions extends RoomOptions {
  readonly fileBytes: number;
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

/** Raw input, durable: a ring of files, of which those that running streams still need are never retired. */
export class SqliteJournal implements Journal, Disposable {
  readonly #options: JournalOptions;
  readonly #files: SegmentedLog<Counts>;
  readonly #cursors = new Cursors();
  readonly #shed = new ShedEntries();
  readonly #room: JournalRoom;
  #counts: Counts;

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
    this.#room = new JournalRoom({ options, files: this.#files, shed: this.#shed, counts: () => this.#counts });
  }

  open(): void {
    const { counts, losses, newestLost } = this.#files.open();
    if (counts) this.#counts = counts;
    for (const { from, to } of losses) {
      this.#countLoss(from, to, this.#shed.vacatedIn({ from, to }));
    }
    this.#room.removeGone();
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
    this.#sealIfFull(commit.entries.length);
    this.#room.make(incoming, commit);
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
      this.#room.retire();
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
    this.#room.release(sequence);
  }

  spare(sequence: number): void {
    this.#room.spare(sequence);
  }

  relieve(): boolean {
    return this.#room.relieve();
  }

  shed(request: ShedRequest & { readonly bytes: number }): number {
    return this.#room.shed(request);
  }

  forsake(request: ForsakeRequest): boolean {
    return this.#room.forsake(request);
  }

  losses(): JournalLosses {
    return { epoch: this.#counts.epoch, losses: this.#shed.losses };
  }

  /** Records what was found damaged, and lets go what is kept longer than declared. To be called each second. */
  flush(): void {
    this.#files.sealAbandoned();
    this.#recordDamage();
    this.#room.retireAged();
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
    this.#files.record((file) => this.#shed.carry(file));
    this.#shed.recorded();
  }

  #sealIfFull(entries: number): void {
    const { writing } = this.#files;
    const after = this.#counts.next + entries;
    if (this.#files.isFull || (writing && after - writing.start.next > SEQUENCES_PER_FILE)) this.#files.seal();
  }

  /** Index of the file that holds `sequence`, or of the next one if none does. */
  #indexOf(sequence: number): number {
    const files = this.#files.files;
    let i = files.length;
    while (i > 0 && this.#files.endOf(files[i - 1]).valid >= sequence) i--;
    return i;
  }

  #oldestClock(): number | null {
    for (const file of this.#files.files) {
      const clock = firstClockOf(this.#files, file);
      if (clock !== null) return clock;
    }
    return null;
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
