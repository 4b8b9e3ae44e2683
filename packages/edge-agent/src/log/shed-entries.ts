import { RangeSet } from '@sluis/protocol';
import { boundedLosses } from './journal-losses.ts';
import type { LogFile } from './log-file.ts';
import type { JournalLoss, Missed, ShedCounts } from './log.ts';
import {
  countsOf,
  emptyRecord,
  type Hole,
  lossOf,
  readRecord,
  type ShedRecord,
  sumOfCounts,
  withHole,
  withMissed,
  withRows,
  writeRecord,
} from './shed-record.ts';
import { readThinned, sumOf, type ThinnedRow } from './thinned-file.ts';

/*
 * What was given up in a file lies in that file (thinned-file.ts). When it is retired, its counts must outlive it: they are
 * added to a record in the newest file, which says up to which file that was done; only then the file is unlinked. A kill
 * in between leaves a file whose counts are in the record already, and are not added again. Each new file starts with the
 * record.
 *
 * A file in which only ticks are left may go though older ones stay. It leaves a hole in the log, which the record tells
 * from a file that was lost.
 *
 * The record also says what streams that had faulted miss of files that were let go for want of room. Files of
 * both kinds are not read again once that is recorded: one that a kill has left goes with the next start.
 *
 * The record also holds what was found damaged, as it is found once and the file with it may be read again: it is written
 * a moment later, and what a kill forgets is found again, or was passed by all streams before.
 */

/** What was given up of the journal, and what was found damaged, by source and reason, over its life. */
export class ShedEntries {
  #record = emptyRecord;
  #isRecorded = true;
  /** Of the files that are held, by number. */
  readonly #held = new Map<number, readonly ThinnedRow[]>();

  get total(): ShedCounts {
    return this.#unretired.reduce((total, rows) => sumOfCounts(total, countsOf(rows)), this.#record.counts);
  }

  get losses(): readonly JournalLoss[] {
    return boundedLosses([...this.#record.losses, ...this.#unretired.flat().map(lossOf)]);
  }

  /** What was found damaged. */
  get damaged(): { entries: number; samples: number } {
    return sumOf(this.#record.losses.filter(({ reason }) => reason === 'damaged'));
  }

  /** What streams have missed. */
  get missed(): Readonly<Record<string, Missed>> {
    return this.#record.missed;
  }

  /** No file up to this number is to be read again. */
  get forsaken(): number {
    return this.#record.forsaken;
  }

  /** False if something was found that only memory holds. */
  get isRecorded(): boolean {
    return this.#isRecorded;
  }

  /** What of the held files is in no record. */
  get #unretired(): (readonly ThinnedRow[])[] {
    return [...this.#held].filter(([number]) => number > this.#record.through).map(([, rows]) => rows);
  }

  /** What a held file lacks of what was written to it. */
  in(number: number): { entries: number; samples: number } {
    return sumOf(this.#held.get(number) ?? []);
  }

  /** Takes over what a file says of itself. */
  recoverFile(number: number, file: LogFile): void {
    const rows = readThinned(file);
    if (rows.length > 0) this.#held.set(number, rows);
  }

  /** Takes over the newest file's record. */
  recover(file: LogFile): void {
    this.#record = readRecord(file);
  }

  /** Writes the record, within a transaction. */
  carry(file: LogFile): void {
    if (this.#record !== emptyRecord) writeRecord(file, this.#record);
  }

  /** What was {@link carry | written} is durable. */
  recorded(): void {
    this.#isRecorded = true;
  }

  /** Moves the counts of a file that is about to go to the record. `write` commits to the newest file. */
  retire(number: number, write: (work: (file: LogFile) => void) => void): void {
    const rows = this.#held.get(number);
    if (!rows || number <= this.#record.through) return;
    this.#commit({ ...withRows(this.#record, rows), through: number }, write);
  }

  /** Records what streams miss of a file that is about to go, by stream. */
  forsake(number: number, missed: ShedRecord['missed'], write: (work: (file: LogFile) => void) => void): void {
    this.#commit(withMissed(this.#record, missed, number), write);
  }

  /** Moves the counts of a file that is about to go to the record, though older ones stay. */
  vacate(number: number, hole: Hole, write: (work: (file: LogFile) => void) => void): void {
    if (this.isVacated(hole)) return;
    const record = withRows(this.#record, this.#held.get(number) ?? []);
    this.#commit(withHole(record, hole), write);
  }

  isVacated({ from, to }: Hole): boolean {
    if (from.next === to.next) return false;
    return this.#record.holes.some((hole) => hole.from.next <= from.next && to.next <= hole.to.next);
  }

  /** What was written to files that are gone, of a part of the journal. */
  vacatedIn({ from, to }: Hole): { entries: number; samples: number } {
    const common = (hole: Hole, key: 'entries' | 'samples'): number =>
      Math.max(0, Math.min(to[key], hole.to[key]) - Math.max(from[key], hole.from[key]));
    const { holes } = this.#record;
    return {
      entries: holes.reduce((sum, hole) => sum + common(hole, 'entries'), 0),
      samples: holes.reduce((sum, hole) => sum + common(hole, 'samples'), 0),
    };
  }

  /** A file is gone. */
  retired(number: number): void {
    this.#held.delete(number);
  }

  #commit(record: ShedRecord, write: (work: (file: LogFile) => void) => void): void {
    write((file) => writeRecord(file, record));
    this.#record = record;
    this.#isRecorded = true;
  }

  /** A file was lost: what it said is all that is left of its counts. */
  lose(number: number): void {
    const rows = this.#held.get(number);
    if (rows) this.#note(withRows(this.#record, rows));
    this.#held.delete(number);
  }

  /** Takes note of what is damaged. False if it is known already. */
  damage(loss: Omit<JournalLoss, 'reason'>): boolean {
    const known = new RangeSet(this.#record.damaged);
    if (known.covers(loss.sequences)) return false;
    known.add(loss.sequences);
    const losses = boundedLosses([...this.#record.losses, { ...loss, reason: 'damaged' }]);
    this.#note({ ...this.#record, losses, damaged: known.ranges });
    return true;
  }

  /** Forgets where damage and holes were below the lowest sequence that is held. */
  clip(lowest: number): void {
    const damaged = this.#record.damaged.filter(({ to }) => to > lowest);
    const holes = this.#record.holes.filter(({ to }) => to.next > lowest);
    if (damaged.length < this.#record.damaged.length || holes.length < this.#record.holes.length) {
      this.#record = { ...this.#record, damaged, holes };
    }
  }

  #note(record: ShedRecord): void {
    this.#record = record;
    this.#isRecorded = false;
  }

  /** The thinned file is in its place. */
  thinned(number: number, rows: readonly ThinnedRow[]): void {
    this.#held.set(number, rows);
  }
}
