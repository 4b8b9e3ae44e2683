import { existsSync, readdirSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Log } from '@sluis/plugin-sdk';
import { crc32c } from '@sluis/protocol';
import { mendWal } from '@sluis/runtime/mend-wal';
import { ensureFolder, removeFile, syncFolder } from './folder.ts';
import { definitionSchema, KnownSeries } from './known-series.ts';
import type { Definitions } from './log.ts';
import { LogFile } from './log-file.ts';
import { isDamage, isUnreadable, StorageError } from './storage-error.ts';
import { UnreadableFiles } from './unreadable.ts';

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
 * there, now and after a restart. So the file is abandoned: nothing more is written to it, and the header of the next one states
 * the counts that are valid. What the failed transaction had numbered is burned.
 *
 * Each header holds the counts of the log's life up to its file, so that what a missing file held follows from its
 * neighbours. A damaged file is put aside as NUMBER.db.damaged and the log goes on without it. So is one that cannot be
 * read for long while others can: it would else keep the agent down for ever.
 */

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

/** What a file holds when it is written again: all of its tables but `table`, and of that what `fill` puts into it. */
interface Rewritten {
  readonly table: string;
  readonly pageBytes: number;
  fill(files: { source: LogFile; target: LogFile }): void;
}

interface HeldFile<Counts> extends RetainedFile<Counts> {
  sealed: boolean;
  open: LogFile | undefined;
}

interface Header<Counts> {
  /** Ids below this had been given when the file was made. */
  readonly series: number;
  readonly start: Counts;
  /** The file before it, for when that one is lost. */
  readonly previous: { readonly number: number; readonly start: Counts } | null;
}

export interface Recovered<Counts> {
  /** Counts at the end of the log, undefined if there is no file. */
  readonly counts: Counts | undefined;
  /** Stretches of the log whose files are gone: what is missing lies between the counts. */
  readonly losses: readonly { readonly from: Counts; readonly to: Counts }[];
  /** How many of the newest files are lost, so that nobody knows what had been numbered in them. */
  readonly newestLost: number;
}

/**
 * 1: segments of the outbox without their times. 2: with them; journal files may be thinned out. 3: entries of the journal
 * with their times.
 */
const FORMAT = 3;
const OLDEST_FORMAT = 1;
const NAME_DIGITS = 10;
const filePattern = /^(\d{10})\.db$/;
const sidecarPattern = /^(\d{10}\.db)-(?:wal|shm|journal)$/;
/** What looks damaged may have been a read that failed, of which SQLite tells the two alike: so often it is read. */
const READS = 3;
/** Between two of them. It holds up the thread, only ever for a file that looks damaged. */
const READ_AGAIN_MS = 100;
/** Between two reads at a start of what the disk cannot read. */
const UNREADABLE_AGAIN_MS = 1_000;
/** Put after the name of a file that is to take the place of the one with that name. */
const REWRITTEN = '.new';
/** Such a file, and what SQLite keeps beside it. */
const rewrittenPattern = /^\d{10}\.db\.new(?:-wal|-shm|-journal)?$/;
const damagedPattern = /^(\d{10})\.db\.damaged$/;
/** Sealed files that stay open for the next read: streams and the uplink read at a few places at a time. */
const OPEN_SEALED = 4;
/** Files put aside that are kept for a person to look at. */
const KEPT_DAMAGED = 2;

const headerSchema = `
  PRAGMA user_version = ${FORMAT};
  CREATE TABLE header (json TEXT NOT NULL, crc INTEGER NOT NULL) STRICT;
`;

export class SegmentedLog<Counts> implements Disposable {
  readonly series = new KnownSeries();
  readonly #shape: LogShape<Counts>;
  /** In order, oldest first. */
  #files: HeldFile<Counts>[] = [];
  /** The newest file, if it can be written. */
  #writing: HeldFile<Counts> | undefined;
  #nextNumber = 1;
  /** Sealed files that are open, the last used at the end. */
  #openSealed: HeldFile<Counts>[] = [];
  readonly #unreadable = new UnreadableFiles();
  #closed = false;

  constructor(shape: LogShape<Counts>) {
    this.#shape = shape;
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
    const { folder, name } = this.#shape;
    try {
      ensureFolder(folder);
      // Each round that fails has read a file in vain, and some reads later puts it aside, so it ends.
      const looks = new Map<string, number>();
      for (;;) {
        try {
          const recovered = this.#sweep().map((number) => this.#recover(number));
          const joined = this.#join(recovered.filter((file) => file !== undefined));
          this.#unreadable.clear();
          return joined;
        } catch (error) {
          if (!(error instanceof DamagedFile)) throw error;
          // A whole disk that cannot be read is asked again with the next start.
          const isUnread = isUnreadable(error.cause);
          if (isUnread && !this.#othersAreRead(error.path)) throw error.cause;
          this.#closeAll();
          this.#files = [];
          this.series.clear();
          if (isUnread) {
            if (this.#unreadable.failed(error.path)) this.#putAside(error.path, error.cause);
            else this.#readAgain(error.path, error.cause, UNREADABLE_AGAIN_MS);
            continue;
          }
          const reads = (looks.get(error.path) ?? 0) + 1;
          looks.set(error.path, reads);
          if (reads < READS) this.#readAgain(error.path, error.cause);
          else this.#putAside(error.path, error.cause);
        }
      }
    } catch (error) {
      this.#closeAll();
      throw StorageError.from(error, `open the ${name} in ${folder}`);
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
    const open = this.#opened(file);
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

  /** True if the next write will start a new file. */
  get isFull(): boolean {
    return this.#writing !== undefined && this.#writing.bytes >= this.#shape.fileBytes;
  }

  /** Seals the file that is being written: the next write starts a new one. */
  seal(): void {
    if (!this.#writing) return;
    const file = this.#writing;
    this.#writing = undefined;
    this.#seal(file);
  }

  /**
   * Seals the files that a full disk kept from it. The WAL of a commit that failed may take much of the disk, and sealing
   * gives that back.
   */
  sealAbandoned(): void {
    for (const file of this.#files) if (file !== this.#writing && !file.sealed) this.#seal(file);
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
    for (let reads = 1; ; reads++) {
      try {
        const found = work(this.#opened(held));
        this.#unreadable.read(held.path);
        return found;
      } catch (error) {
        if (isUnreadable(error) && this.#othersAreRead(held.path) && this.#unreadable.failed(held.path)) {
          this.#lose(held, error);
          return undefined;
        }
        if (!isDamage(error)) throw StorageError.from(error, `read ${file.path}`);
        if (reads === READS) {
          this.#lose(held, error);
          return undefined;
        }
        this.#close(held);
        this.#readAgain(held.path, error);
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
    const held = this.#held(file);
    if (!held.sealed) this.#seal(held);
    return held.sealed && this.read(held, (source) => this.#rewrite(held, source, content)) !== undefined;
  }

  #rewrite(held: HeldFile<Counts>, source: LogFile, { table, pageBytes, fill }: Rewritten): true {
    const path = `${held.path}${REWRITTEN}`;
    let target: LogFile | undefined;
    try {
      removeFile(path);
      const made = (target = LogFile.createSealed(path, { pageBytes }));
      made.transaction(() => {
        copyTables(source, made, table);
        fill({ source, target: made });
      });
      made.close();
      const bytes = statSync(path).size;
      this.#close(held);
      renameSync(path, held.path);
      // From here on the new file counts, whatever follows.
      held.bytes = bytes;
      this.#syncFolder(this.#shape.folder);
      return true;
    } catch (error) {
      this.#discard(path, target);
      throw isDamage(error) ? error : StorageError.from(error, `thin out ${held.path}`);
    }
  }

  /** Unlinks a file that is not being written. False if the disk refuses: it stays then, and counts, until it is asked again. */
  remove(file: RetainedFile<Counts>): boolean {
    const { log, folder } = this.#shape;
    const held = this.#held(file);
    const { path } = held;
    this.#close(held);
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
    this.#syncFolder(folder);
    return true;
  }

  /** After what a power cut may undo without harm: what is found then is dealt with as it was before. */
  #syncFolder(folder: string): void {
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
    this.#closeAll();
  }

  #closeAll(): void {
    for (const file of this.#files) this.#close(file);
  }

  #assertOpen(): void {
    if (this.#closed) throw new StorageError('closed', `the ${this.#shape.name} is closed`);
  }

  #held(file: RetainedFile<Counts>): HeldFile<Counts> {
    const held = this.#files.find(({ number }) => number === file.number);
    if (!held) throw new RangeError(`${file.path} is no longer held`);
    return held;
  }

  // ── start ────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Removes orphaned sidecars and returns the numbers of the files, in order. */
  #sweep(): number[] {
    const { folder } = this.#shape;
    const names = new Set(readdirSync(folder));
    const numbers: number[] = [];
    for (const name of names) {
      const owner = sidecarPattern.exec(name)?.[1];
      if ((owner !== undefined && !names.has(owner)) || rewrittenPattern.test(name)) removeFile(join(folder, name));
      const number = Number((filePattern.exec(name) ?? damagedPattern.exec(name))?.[1] ?? 0);
      this.#nextNumber = Math.max(this.#nextNumber, number + 1);
      if (filePattern.test(name)) numbers.push(number);
    }
    return numbers.sort((a, b) => a - b);
  }

  /** Opens a file, recovering what its WAL holds. Undefined if it holds nothing. */
  #recover(number: number): { file: HeldFile<Counts>; header: Header<Counts> } | undefined {
    const path = this.#path(number);
    let open: LogFile | undefined;
    try {
      const sealed = LogFile.isSealed(path);
      if (!sealed) this.#mend(path);
      open = sealed ? LogFile.openSealed(path) : LogFile.open(path, this.#shape);
      const header = readHeader<Counts>(open);
      if (header) {
        const file = { number, path, format: open.format, start: header.start, bytes: open.bytes, sealed, open };
        this.#files.push(file);
        return { file, header };
      }
      open.close();
      LogFile.remove(path);
      return undefined;
    } catch (error) {
      open?.close();
      throw isDamage(error) || isUnreadable(error) ? new DamagedFile(path, error) : error;
    }
  }

  /** A bit that flipped in a WAL would else end it there, and what was committed after it would be gone unnoticed. */
  #mend(path: string): void {
    const wal = `${path}-wal`;
    if (!existsSync(wal)) return;
    const frames = mendWal(wal);
    if (frames.length > 0) this.#shape.log.warn({ path: wal, frames }, 'a bit had flipped in a WAL, which was mended');
  }

  /** Makes one log of the files that are left. */
  #join(recovered: readonly { file: HeldFile<Counts>; header: Header<Counts> }[]): Recovered<Counts> {
    const lost = this.#damagedNumbers();
    const losses: { from: Counts; to: Counts }[] = [];
    for (const [i, { file, header }] of recovered.entries()) {
      const before = recovered[i - 1]?.file;
      const { previous } = header;
      if (before) {
        // Numbers are also left out when a file could not be made: only the counts tell whether something is missing.
        const adjacent = before.number + 1 === file.number;
        before.end = adjacent ? header.start : this.#scan(before);
        if (!adjacent) losses.push({ from: before.end, to: header.start });
      } else if (previous && lost.includes(previous.number)) {
        losses.push({ from: previous.start, to: header.start });
      }
      this.series.reserve(header.series);
    }
    for (const [i, { file }] of recovered.entries()) {
      const bound = recovered[i + 1]?.header.series ?? Number.POSITIVE_INFINITY;
      this.#inspect(file, (open) => {
        this.series.recover(open, bound);
        this.#shape.inspect?.(open, file.number);
      });
    }

    const newest = this.#files.at(-1);
    const newestLost = lost.filter((number) => number > (newest?.number ?? 0)).length;
    const counts = newest && this.#scan(newest);
    if (newest) this.#inspect(newest, (open) => this.#shape.recover?.(open));
    for (const file of this.#files) {
      if (file === newest && file.format === FORMAT && !file.sealed && newestLost === 0) {
        this.#writing = file;
        this.#inspect(file, (open) => this.series.startFile(open));
      } else if (file.sealed) {
        this.#close(file);
      } else {
        this.#seal(file);
      }
    }
    return { counts, losses, newestLost };
  }

  #scan(file: HeldFile<Counts>): Counts {
    return this.#inspect(file, (open) => this.#shape.scan(open, file.start));
  }

  #inspect<T>(file: HeldFile<Counts>, work: (open: LogFile) => T): T {
    try {
      return work(this.#opened(file));
    } catch (error) {
      throw isDamage(error) || isUnreadable(error) ? new DamagedFile(file.path, error) : error;
    }
  }

  // ── one file after the other ─────────────────────────────────────────────────────────────────────────────────────

  #writable(): HeldFile<Counts> {
    this.#assertOpen();
    if (this.isFull) this.seal();
    return this.#writing ?? this.#create();
  }

  #create(): HeldFile<Counts> {
    this.#assertOpen();
    const { folder, schema, carry } = this.#shape;
    const number = this.#nextNumber++;
    const path = this.#path(number);
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
      syncFolder(folder);
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
  #discard(path: string, open: LogFile | undefined): void {
    try {
      open?.close();
      LogFile.remove(path);
    } catch (error) {
      this.#shape.log.warn({ err: error, path }, 'a file that could not be started is left until the next start');
    }
  }

  /** A file that cannot be sealed now stays readable with its WAL, and is sealed later. */
  #seal(file: HeldFile<Counts>): void {
    try {
      const open = this.#opened(file);
      open.seal();
      file.open = undefined;
      file.sealed = true;
      file.bytes = statSync(file.path).size;
    } catch (error) {
      this.#shape.log.warn({ err: error, path: file.path }, 'a file could not be sealed; it will be later');
    }
  }

  #abandon(file: HeldFile<Counts>, error: unknown): void {
    this.#shape.log.error({ err: error, path: file.path }, 'a commit failed; the log goes on in a new file');
    this.#writing = undefined;
    this.#seal(file);
  }

  #opened(file: HeldFile<Counts>): LogFile {
    this.#assertOpen();
    if (!file.sealed) return (file.open ??= LogFile.open(file.path, this.#shape));
    this.#openSealed = this.#openSealed.filter((other) => other !== file);
    this.#openSealed.push(file);
    if (this.#openSealed.length > OPEN_SEALED) this.#close(this.#openSealed[0]);
    return (file.open ??= LogFile.openSealed(file.path));
  }

  #close(file: HeldFile<Counts>): void {
    this.#openSealed = this.#openSealed.filter((other) => other !== file);
    file.open?.close();
    file.open = undefined;
  }

  // ── damage ───────────────────────────────────────────────────────────────────────────────────────────────────────

  #readAgain(path: string, error: unknown, ms = READ_AGAIN_MS): void {
    this.#shape.log.warn({ err: error, path }, 'a file looks damaged: it is read again');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)), 0, 0, ms);
  }

  /**
   * True if it is that file, and not the disk: another can be read, or there is none.
   * @throws StorageError 'io' not even the folder can be
   */
  #othersAreRead(path: string): boolean {
    const { folder } = this.#shape;
    try {
      const others = readdirSync(folder).filter((name) => filePattern.test(name) && join(folder, name) !== path);
      return others.length === 0 || others.some((name) => canBeRead(join(folder, name)));
    } catch (error) {
      throw StorageError.from(error, `read ${folder}`);
    }
  }

  #lose(file: HeldFile<Counts>, error: unknown): void {
    if (file === this.#writing) this.#writing = undefined;
    file.end = this.endOf(file);
    this.#close(file);
    this.#putAside(file.path, error);
    this.#files = this.#files.filter((other) => other !== file);
    this.#shape.lost(file);
  }

  /** Renames a closed file so that it is no longer part of the log. Keeps the newest few for a person to look at. */
  #putAside(path: string, error: unknown): void {
    const { folder, log, name } = this.#shape;
    renameSync(path, `${path}.damaged`);
    LogFile.remove(path);
    const surplus = this.#damagedNumbers().slice(0, -KEPT_DAMAGED);
    for (const number of surplus) removeFile(`${this.#path(number)}.damaged`);
    syncFolder(folder);
    log.error(
      { err: error, path: `${path}.damaged` },
      `a file of the ${name} is damaged and was put aside; the ${name} goes on without it`,
    );
  }

  #damagedNumbers(): number[] {
    const numbers = readdirSync(this.#shape.folder).map((name) => Number(damagedPattern.exec(name)?.[1] ?? 0));
    return numbers.filter((number) => number > 0).sort((a, b) => a - b);
  }

  #path(number: number): string {
    return join(this.#shape.folder, `${String(number).padStart(NAME_DIGITS, '0')}.db`);
  }
}

function canBeRead(path: string): boolean {
  try {
    LogFile.isSealed(path);
    return true;
  } catch (error) {
    if (isUnreadable(error)) return false;
    throw error;
  }
}

/** Within a start: a file that has to be put aside. */
class DamagedFile extends Error {
  readonly path: string;

  constructor(path: string, cause: unknown) {
    super(`${path} is damaged`, { cause });
    this.path = path;
  }
}

/** Makes all tables of `source`, and fills those other than `table` with what is in them. */
function copyTables(source: LogFile, target: LogFile, table: string): void {
  target.execute(`PRAGMA user_version = ${source.format}`);
  const tables = source.statement("SELECT name, sql FROM sqlite_schema WHERE type = 'table'").all();
  for (const { name, sql } of tables as { name: string; sql: string }[]) {
    target.execute(sql);
    if (name === table) continue;
    for (const row of source.statement(`SELECT * FROM ${name}`).raw().iterate()) {
      const values = row as unknown[];
      target.statement(`INSERT INTO ${name} VALUES (${values.map(() => '?').join(', ')})`).run(...values);
    }
  }
}

function writeHeader<Counts>(file: LogFile, header: Header<Counts>): void {
  const json = JSON.stringify(header);
  file.statement('INSERT INTO header (json, crc) VALUES (?, ?)').run(json, crc32c(Buffer.from(json)));
}

/** Undefined if the file was never started. */
function readHeader<Counts>(file: LogFile): Header<Counts> | undefined {
  const tables = file.statement("SELECT count(*) FROM sqlite_schema WHERE name = 'header'").pluck().get();
  if (tables === 0) return undefined;
  const { format } = file;
  if (format < OLDEST_FORMAT || format > FORMAT) {
    throw new StorageError(
      'io',
      `${file.path} has format ${format}, and this version reads ${OLDEST_FORMAT} to ${FORMAT}: use the version that wrote it`,
    );
  }
  const row = file.statement('SELECT json, crc FROM header').get() as { json: string; crc: number } | undefined;
  if (!row || crc32c(Buffer.from(row.json)) !== row.crc) {
    throw new StorageError('damaged', `the header of ${file.path} is damaged`);
  }
  return JSON.parse(row.json) as Header<Counts>;
}
