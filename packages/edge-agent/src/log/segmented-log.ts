import { existsSync, renameSync } from 'node:fs';
import { DamagedFiles } from './damaged-files.ts';
import { ensureFolder, syncFolder } from './folder.ts';
import { definitionSchema, KnownSeries } from './known-series.ts';
import { LogFile } from './log-file.ts';
import { LogFolder } from './log-folder.ts';
import { FORMAT, headerSchema, writeHeader } from './log-header.ts';
import type { HeldFile, LogShape, Recovered, RetainedFile } from './log-shape.ts';
import type { Definitions } from './log.ts';
import { OpenFiles } from './open-files.ts';
import { recoverLog } from './recover-log.ts';
import { type Rewritten, writeAgain } from './rewrite-file.ts';
import { isDamage, StorageError } from './storage-error.ts';

/*
 * A log is a folder of SQLite files that are written one after the other: NUMBER.db, numbers growing and never reused.
 * What survives a kill or a power cut at any point follows from four orders:
 *
 * - A commit returns after a sync of the WAL. Before that it counts for nothing.
 * - A new file gets its tables and its header in one transaction, then the folder is synced, then the first commit
 *   goes into it. A file without a header therefore holds nothing: the next start removes it.
 * - A full file is sealed: its WAL goes into the file and is removed. A kill in between leaves a file in WAL mode that
 *   is not the last one: the next start seals it again. The new file is made after that, so that one at most is open.
 * - Removing closes a file and unlinks the file before its sidecars. A kill in between leaves sidecars without a file:
 *   the next start removes them, and as no name is used twice none can meet a file that it does not belong to.
 *
 * After a commit that failed nothing is known of the end of the file's WAL: SQLite may or may not have the transaction
 * there, now and after a restart. So the file is abandoned: nothing more is written to it, and the header of the next
 * one states the counts that are valid. What the failed transaction had numbered is burned.
 *
 * Each header holds the counts of the log's life up to its file, so that what a missing file held follows from its
 * neighbours. A damaged file is put aside as NUMBER.db.damaged and the log goes on without it. So is one that cannot be
 * read for long while others can: it would else keep the agent down for ever.
 */

export class SegmentedLog<Counts> implements Disposable {
  readonly series = new KnownSeries();
  readonly #shape: LogShape<Counts>;
  readonly #folder: LogFolder;
  readonly #open: OpenFiles<Counts>;
  readonly #damaged: DamagedFiles;
  /** In order, oldest first. */
  #files: HeldFile<Counts>[] = [];
  /** The newest file, if it can be written. */
  #writing: HeldFile<Counts> | undefined;
  #closed = false;

  constructor(shape: LogShape<Counts>) {
    this.#shape = shape;
    const folder = (this.#folder = new LogFolder(shape.folder));
    this.#open = new OpenFiles(shape);
    this.#damaged = new DamagedFiles({ name: shape.name, folder, log: shape.log });
  }

  /** In order, oldest first. */
  get files(): readonly RetainedFile<Counts>[] {
    return this.#files;
  }

  /** Bytes of all files. */
  get bytes(): number {
    let bytes = 0;
    for (const file of this.#files) bytes += file.bytes;
    return bytes;
  }

  get writing(): RetainedFile<Counts> | undefined {
    return this.#writing;
  }

  /** Counts at the end of a file. */
  endOf(file: RetainedFile<Counts>): Counts {
    return file.end ?? this.#shape.counts();
  }

  /**
   * Takes over what is in the folder. Needs no space on the disk, so that a full one does not keep the agent from starting.
   * @throws StorageError 'io' if the disk refuses
   */
  open(): Recovered<Counts> {
    const { name } = this.#shape;
    try {
      ensureFolder(this.#folder.path);
      const { files, writing, ...recovered } = recoverLog({
        shape: this.#shape,
        folder: this.#folder,
        damaged: this.#damaged,
        open: this.#open,
        series: this.series,
      });
      this.#files = files;
      this.#writing = writing;
      return recovered;
    } catch (error) {
      throw StorageError.from(error, `open the ${name} in ${this.#folder.path}`);
    }
  }

  /**
   * Commits: `work` and the definitions of the ids it uses, in one fsynced transaction. Starts a new file when the last
   * one is full.
   * @throws RangeError the ids are not what the log knows
   * @throws StorageError nothing of it counts, and what `work` numbered is burned
   */
  write(definitions: Definitions, used: readonly Uint32Array[], work: (file: LogFile) => void): void {
    const added = this.series.check(definitions, used);
    const file = this.#writable();
    const open = this.#open.opened(file);
    try {
      open.transaction(() => {
        this.series.write(open, added, used);
        work(open);
      });
      file.bytes = open.bytes;
    } catch (error) {
      this.#abandon(file, error);
      throw StorageError.from(error, `write to ${file.path}`);
    }
    this.series.add(added);
  }

  /** The same for what uses no ids. */
  record(work: (file: LogFile) => void): void {
    this.write({ first: 0, series: [] }, [], work);
  }

  /** True if the next write will start a new file. */
  get isFull(): boolean {
    return this.#writing !== undefined && this.#writing.bytes >= this.#shape.fileBytes;
  }

  /** Seals the file that is being written: the next write starts a new one. */
  seal(): void {
    if (!this.#writing) return;
    const file = this.#writing;
    this.#writing = undefined;
    this.#open.seal(file);
  }

  /**
   * Seals the files that a full disk kept from it. The WAL of a commit that failed may take much of the disk, and sealing
   * gives that back.
   */
  sealAbandoned(): void {
    if (this.#closed) return;
    for (const file of this.#files) if (file !== this.#writing && !file.sealed) this.#open.seal(file);
  }

  /** Starts a new file now: when it returns, its header is durable. */
  rotate(): void {
    this.seal();
    this.#create();
  }

  /**
   * Reads from a file. `work` is done again from its beginning while the file looks damaged, a few times. Undefined if it
   * is damaged: it is then put aside and reported.
   * @throws StorageError 'io' if the disk refuses
   */
  read<T>(file: RetainedFile<Counts>, work: (file: LogFile) => T): T | undefined {
    this.#assertOpen();
    const held = this.#held(file);
    for (;;) {
      try {
        const found = work(this.#open.opened(held));
        this.#damaged.wasRead(held.path);
        return found;
      } catch (error) {
        if (this.#damaged.isLost(held.path, error)) {
          this.#lose(held, error);
          return undefined;
        }
        this.#open.close(held);
      }
    }
  }

  /**
   * Writes a sealed file again. False if it is damaged, and was put aside, or could not be sealed yet.
   *
   * The new file has another name until it is synced; the rename puts it in the place of the old one, and the folder is
   * synced. A kill before the rename leaves the old file, and one beside it that the next start removes.
   */
  rewrite(file: RetainedFile<Counts>, content: Rewritten): boolean {
    this.#assertOpen();
    const held = this.#held(file);
    if (!held.sealed) this.#open.seal(held);
    return held.sealed && this.read(held, (source) => this.#rewrite(held, source, content)) !== undefined;
  }

  #rewrite(held: HeldFile<Counts>, source: LogFile, content: Rewritten): true {
    const path = this.#folder.rewrittenAt(held.path);
    try {
      const bytes = writeAgain(path, source, content);
      this.#open.close(held);
      renameSync(path, held.path);
      // From here on the new file counts, whatever follows.
      held.bytes = bytes;
      this.#syncFolder();
      return true;
    } catch (error) {
      this.#discard(path);
      throw isDamage(error) ? error : StorageError.from(error, `thin out ${held.path}`);
    }
  }

  /** Unlinks a file that is not being written. False if the disk refuses: it stays then, and counts, until it is asked again. */
  remove(file: RetainedFile<Counts>): boolean {
    const { log } = this.#shape;
    const held = this.#held(file);
    const { path } = held;
    this.#open.close(held);
    try {
      LogFile.remove(path);
    } catch (error) {
      // Sidecars that are left without it go with the next start.
      const isLeft = existsSync(path);
      log.warn(
        { err: error, path },
        `a file could not be removed; ${isLeft ? 'it' : 'what is left of it'} will be later`,
      );
      if (isLeft) return false;
    }
    this.#files = this.#files.filter((other) => other !== held);
    this.#syncFolder();
    return true;
  }

  /** After what a power cut may undo without harm: what is found then is dealt with as it was before. */
  #syncFolder(): void {
    const folder = this.#folder.path;
    try {
      syncFolder(folder);
    } catch (error) {
      this.#shape.log.warn({ err: error, folder }, 'a folder could not be synced; a power cut may bring back files');
    }
  }

  /** Checkpoints and closes. What could not be checkpointed stays in its WAL. */
  [Symbol.dispose](): void {
    this.#closed = true;
    this.#writing = undefined;
    for (const file of this.#files) this.#open.close(file);
  }

  #assertOpen(): void {
    if (this.#closed) throw new StorageError('closed', `the ${this.#shape.name} is closed`);
  }

  #held(file: RetainedFile<Counts>): HeldFile<Counts> {
    const held = this.#files.find(({ number }) => number === file.number);
    if (!held) throw new RangeError(`${file.path} is no longer held`);
    return held;
  }

  // ── one file after the other ─────────────────────────────────────────────────────────────────────────────────────

  #writable(): HeldFile<Counts> {
    this.#assertOpen();
    if (this.isFull) this.seal();
    return this.#writing ?? this.#create();
  }

  #create(): HeldFile<Counts> {
    this.#assertOpen();
    const { schema, carry } = this.#shape;
    const number = this.#folder.takeNumber();
    const path = this.#folder.fileAt(number);
    const start = this.#shape.counts();
    const before = this.#files.at(-1);
    const previous = before ? { number: before.number, start: before.start } : null;
    let open: LogFile | undefined;
    try {
      const created = (open = LogFile.create(path, this.#shape));
      created.transaction(() => {
        created.execute(headerSchema + definitionSchema + schema);
        writeHeader(created, { series: this.series.size, start, previous });
        carry?.(created);
      });
      syncFolder(this.#folder.path);
    } catch (error) {
      this.#discard(path, open);
      throw StorageError.from(error, `start ${path}`);
    }
    const file: HeldFile<Counts> = { number, path, format: FORMAT, start, bytes: open.bytes, sealed: false, open };
    if (before) before.end = start;
    this.#files.push(file);
    this.#writing = file;
    this.series.startFile(open);
    this.sealAbandoned();
    return file;
  }

  /** What could not be made. If it cannot be removed either, the next start does it. */
  #discard(path: string, open?: LogFile): void {
    try {
      open?.close();
      LogFile.remove(path);
    } catch (error) {
      this.#shape.log.warn({ err: error, path }, 'a file that could not be started is left until the next start');
    }
  }

  #abandon(file: HeldFile<Counts>, error: unknown): void {
    this.#shape.log.error({ err: error, path: file.path }, 'a commit failed; the log goes on in a new file');
    this.#writing = undefined;
    this.#open.seal(file);
  }

  // ── damage ───────────────────────────────────────────────────────────────────────────────────────────────────────

  #lose(file: HeldFile<Counts>, error: unknown): void {
    if (file === this.#writing) this.#writing = undefined;
    file.end = this.endOf(file);
    this.#open.close(file);
    this.#damaged.putAside(file.path, error);
    this.#files = this.#files.filter((other) => other !== file);
    this.#shape.lost(file);
  }
}
