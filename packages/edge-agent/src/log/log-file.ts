import { closeSync, openSync, readSync, statSync } from 'node:fs';
import Database from 'better-sqlite3';
import { removeFile } from './folder.ts';
import { StorageError } from './storage-error.ts';

type Statement = Database.Statement<unknown[]>;

const PAGE_BYTES = 16 * 1024;
/** 4 MiB: what is written twice at once, and the most a WAL takes beside the file (plus one transaction). */
const MAX_WAL_PAGES = 256;
/** A WAL of less would be checkpointed with nearly every commit. */
const MIN_WAL_PAGES = 16;
/** On a small disk files are small, and their WALs must be smaller still. */
const WAL_SHARE = 1 / 4;
const CACHE_KIB = 2048;
/** SQLite's number for `synchronous = FULL`. */
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

  private constructor(path: string, db: Database.Database) {
    this.path = path;
    this.#db = db;
  }

  /** A new file, to be written. */
  static create(path: string, { fileBytes = Number.POSITIVE_INFINITY }: { fileBytes?: number } = {}): LogFile {
    return open(path, { fileMustExist: false }, (db) => {
      db.pragma(`page_size = ${PAGE_BYTES}`);
      if (db.pragma('journal_mode = WAL', { simple: true }) !== 'wal') throw new Error(`${path} refused WAL mode`);
      db.pragma(`wal_autocheckpoint = ${walPages(fileBytes)}`);
      return new LogFile(path, db);
    });
  }

  /** A new file that is written in one transaction, and is sealed from then on. */
  static createSealed(path: string, { pageBytes }: { pageBytes: number }): LogFile {
    return open(path, { fileMustExist: false }, (db) => {
      db.pragma(`page_size = ${pageBytes}`);
      return new LogFile(path, db);
    });
  }

  /** A file that is or was being written: what its WAL or hot journal holds is recovered by SQLite. */
  static open(path: string, { fileBytes = Number.POSITIVE_INFINITY }: { fileBytes?: number } = {}): LogFile {
    return open(path, { fileMustExist: true }, (db) => {
      db.pragma(`wal_autocheckpoint = ${walPages(fileBytes)}`);
      return new LogFile(path, db);
    });
  }

  /** A sealed file. */
  static openSealed(path: string): LogFile {
    return open(path, { fileMustExist: true, readonly: true }, (db) => new LogFile(path, db));
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
    const pages = Number(this.statement('PRAGMA page_count').pluck().get());
    return pages * Number(this.statement('PRAGMA page_size').pluck().get());
  }

  /** The format of the log that it was written in. */
  get format(): number {
    return Number(this.statement('PRAGMA user_version').pluck().get());
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

  /** All of `work` or nothing; when it returns, it is on the disk. */
  transaction<T>(work: () => T): T {
    return this.#db.transaction(work)();
  }

  /** Moves the WAL's content into the file, syncs it, and leaves a file that is read without any other. Then closes. */
  seal(): void {
    this.#db.pragma('wal_checkpoint(TRUNCATE)');
    if (this.#db.pragma('journal_mode = DELETE', { simple: true }) !== 'delete') {
      throw new StorageError('io', `could not seal ${this.path}: its WAL could not be removed`);
    }
    this.#db.close();
  }

  /** Checkpoints if the disk allows it; otherwise the WAL stays beside the file, and nothing is lost. */
  close(): void {
    this.#db.close();
  }
}

function walPages(fileBytes: number): number {
  const share = Math.floor((fileBytes * WAL_SHARE) / PAGE_BYTES);
  return Math.min(Math.max(share, MIN_WAL_PAGES), MAX_WAL_PAGES);
}

function open(path: string, options: Database.Options, use: (db: Database.Database) => LogFile): LogFile {
  const db = new Database(path, options);
  try {
    // Before the first access: no -shm file, whose creation a full disk would refuse.
    db.pragma('locking_mode = EXCLUSIVE');
    db.pragma(`cache_size = -${CACHE_KIB}`);
    db.pragma('synchronous = FULL');
    const file = use(db);
    // A first access, after which better-sqlite3's build would have fallen back to NORMAL for a file in WAL mode.
    db.prepare('SELECT count(*) FROM sqlite_schema').get();
    if (db.pragma('synchronous', { simple: true }) !== FULL) throw new Error(`${path} refused synchronous = FULL`);
    return file;
  } catch (error) {
    db.close();
    throw error;
  }
}
