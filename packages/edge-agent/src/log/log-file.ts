import { closeSync, fdatasyncSync, openSync, readSync, statSync } from 'node:fs';
import Database from 'better-sqlite3';
import { removeFile } from './folder.ts';
import { StorageError } from './storage-error.ts';

type Statement = Database.Statement<unknown[]>;

/*
 * A file that is written is in WAL mode, where SQLite itself syncs what a power cut must not undo in part: the WAL before
 * a checkpoint, the file after it, and the WAL's header when it begins anew (synchronous = NORMAL). That a commit is on
 * the disk when it returns is added here, as synchronous = FULL would do it, but with fdatasync: SQLite's fsync has the
 * file system's journal record, each time, that the WAL has changed. A WAL that is written over keeps its size, so that
 * fdatasync has nothing to write but data: of a commit of 4 KiB that is one write and one flush of the disk less.
 */

const PAGE_BYTES = 16 * 1024;
/** 4 MiB: what is written twice at once, and the most a WAL takes beside the file (plus one transaction). */
const MAX_WAL_PAGES = 256;
/** A WAL of less would be checkpointed with nearly every commit. */
const MIN_WAL_PAGES = 16;
/** On a small disk files are small, and their WALs must be smaller still. */
const WAL_SHARE = 1 / 4;
/** Records are appended and read in order: a larger cache would only hold on to what nobody reads again. */
const CACHE_KIB = 256;
/** SQLite's numbers for `synchronous`. */
const NORMAL = 1;
const FULL = 2;
/** Offset of the file format's write version: 2 in a file that is in WAL mode (https://sqlite.org/fileformat2.html). */
const WRITE_VERSION_OFFSET = 18;
const WAL_VERSION = 2;

const sidecars = ['-wal', '-shm', '-journal'] as const;

/** One SQLite file of a log: opened so that a commit that returned is on the disk. */
export class LogFile {
  readonly path: string;
  readonly #db: Database.Database;
  readonly #statements = new Map<string, Statement>();
  readonly #pageCount: Statement;
  readonly #pageBytes: number;
  /** Made once: making one takes longer than a small commit's SQL. */
  readonly #transaction: (work: () => void) => void;
  readonly #isInWalMode: boolean;
  #wal: number | undefined;

  private constructor(path: string, db: Database.Database) {
    this.path = path;
    this.#db = db;
    this.#pageCount = db.prepare<unknown[]>('PRAGMA page_count').pluck();
    this.#pageBytes = Number(db.pragma('page_size', { simple: true }));
    this.#transaction = db.transaction((work: () => void) => work());
    this.#isInWalMode = db.pragma('journal_mode', { simple: true }) === 'wal';
  }

  /** A new file, to be written. */
  static create(path: string, { fileBytes = Number.POSITIVE_INFINITY }: { fileBytes?: number } = {}): LogFile {
    return open(path, { fileMustExist: false, synchronous: NORMAL }, (db) => {
      db.pragma(`page_size = ${PAGE_BYTES}`);
      if (db.pragma('journal_mode = WAL', { simple: true }) !== 'wal') throw new Error(`${path} refused WAL mode`);
      db.pragma(`wal_autocheckpoint = ${walPages(fileBytes)}`);
      return new LogFile(path, db);
    });
  }

  /** A new file that is written in one transaction, and is sealed from then on. */
  static createSealed(path: string, { pageBytes }: { pageBytes: number }): LogFile {
    return open(path, { fileMustExist: false, synchronous: FULL }, (db) => {
      db.pragma(`page_size = ${pageBytes}`);
      return new LogFile(path, db);
    });
  }

  /** A file that is or was being written: what its WAL or hot journal holds is recovered by SQLite. */
  static open(path: string, { fileBytes = Number.POSITIVE_INFINITY }: { fileBytes?: number } = {}): LogFile {
    return open(path, { fileMustExist: true, synchronous: NORMAL }, (db) => {
      db.pragma(`wal_autocheckpoint = ${walPages(fileBytes)}`);
      return new LogFile(path, db);
    });
  }

  /** A sealed file. */
  static openSealed(path: string): LogFile {
    return open(path, { fileMustExist: true, readonly: true, synchronous: FULL }, (db) => new LogFile(path, db));
  }

  /** True if the file was sealed and needs no recovery. */
  static isSealed(path: string): boolean {
    if (sidecars.some((suffix) => statSync(path + suffix, { throwIfNoEntry: false }) !== undefined)) return false;
    const handle = openSync(path, 'r');
    try {
      const version = new Uint8Array(1);
      return readSync(handle, version, 0, 1, WRITE_VERSION_OFFSET) === 1 && version[0] !== WAL_VERSION;
    } finally {
      closeSync(handle);
    }
  }

  /** Unlinks a closed file and what SQLite keeps beside it: first the file, so that what is left is an orphan. */
  static remove(path: string): void {
    removeFile(path);
    for (const suffix of sidecars) removeFile(path + suffix);
  }

  /** Bytes of the file once all that is committed is checkpointed. */
  get bytes(): number {
    return Number(this.#pageCount.get()) * this.#pageBytes;
  }

  /** The format of the log that it was written in. */
  get format(): number {
    return Number(this.statement('PRAGMA user_version').pluck().get());
  }

  hasTable(name: string): boolean {
    return this.statement('SELECT count(*) FROM sqlite_schema WHERE name = ?').pluck().get(name) !== 0;
  }

  /** A prepared statement, kept with the file. */
  statement(sql: string): Statement {
    let statement = this.#statements.get(sql);
    if (!statement) {
      statement = this.#db.prepare<unknown[]>(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  execute(sql: string): void {
    this.#db.exec(sql);
  }

  /** All of `work` or nothing; when it returns, it is on the disk. After an error nobody knows which of the two it is. */
  transaction(work: () => void): void {
    this.#transaction(work);
    if (!this.#isInWalMode) return;
    // SQLite keeps no lock on the WAL, which closing another handle would drop.
    this.#wal ??= openSync(`${this.path}-wal`, 'r+');
    fdatasyncSync(this.#wal);
  }

  /** Moves the WAL's content into the file, syncs it, and leaves a file that is read without any other. Then closes. */
  seal(): void {
    this.#closeWal();
    this.#db.pragma('wal_checkpoint(TRUNCATE)');
    if (this.#db.pragma('journal_mode = DELETE', { simple: true }) !== 'delete') {
      throw new StorageError('io', `could not seal ${this.path}: its WAL could not be removed`);
    }
    this.#db.close();
  }

  /** Checkpoints if the disk allows it; otherwise the WAL stays beside the file, and nothing is lost. */
  close(): void {
    this.#closeWal();
    this.#db.close();
  }

  /** Before SQLite removes it: its space is given back with the last handle. */
  #closeWal(): void {
    if (this.#wal === undefined) return;
    const wal = this.#wal;
    this.#wal = undefined;
    closeSync(wal);
  }
}

function walPages(fileBytes: number): number {
  const share = Math.floor((fileBytes * WAL_SHARE) / PAGE_BYTES);
  return Math.min(Math.max(share, MIN_WAL_PAGES), MAX_WAL_PAGES);
}

interface Opened extends Database.Options {
  readonly synchronous: typeof NORMAL | typeof FULL;
}

function open(path: string, { synchronous, ...options }: Opened, use: (db: Database.Database) => LogFile): LogFile {
  const db = new Database(path, options);
  try {
    // Before the first access: no -shm file, whose creation a full disk would refuse.
    db.pragma('locking_mode = EXCLUSIVE');
    db.pragma(`synchronous = ${synchronous}`);
    const file = use(db);
    // A first access, after which better-sqlite3's build would have changed it for a file in WAL mode.
    db.prepare('SELECT count(*) FROM sqlite_schema').get();
    // Not before: SQLite counts it in pages, and takes them for as large as they are then.
    db.pragma(`cache_size = -${CACHE_KIB}`);
    if (db.pragma('synchronous', { simple: true }) !== synchronous) {
      throw new Error(`${path} refused synchronous = ${synchronous}`);
    }
    return file;
  } catch (error) {
    db.close();
    throw error;
  }
}
