import { renameSync } from 'node:fs';
import type { Log } from '@sluis/plugin-sdk';
import { removeFile, syncFolder } from './folder.ts';
import { LogFile } from './log-file.ts';
import type { LogFolder } from './log-folder.ts';
import { isDamage, isUnreadable, StorageError } from './storage-error.ts';
import { UnreadableFiles } from './unreadable.ts';

/** What looks damaged may have been a read that failed, of which SQLite tells the two alike: so often it is read. */
const READS = 3;
/** Between two of them. It holds up the thread, only ever for a file that looks damaged. */
const READ_AGAIN_MS = 100;
/** Between two reads at a start of what the disk cannot read. */
const UNREADABLE_AGAIN_MS = 1_000;
/** Files put aside that are kept for a person to look at. */
const KEPT_DAMAGED = 2;

/** A file that looks damaged, or that the disk cannot read. */
export class DamagedFile extends Error {
  readonly path: string;

  constructor(path: string, cause: unknown) {
    super(`${path} is damaged`, { cause });
    this.path = path;
  }

  /** What is to be thrown for an error on this file. */
  static from(path: string, error: unknown): unknown {
    return isDamage(error) || isUnreadable(error) ? new DamagedFile(path, error) : error;
  }
}

/** Decides when a file of a log is given up, and puts it aside. */
export class DamagedFiles {
  readonly #name: string;
  readonly #folder: LogFolder;
  readonly #log: Log;
  readonly #unreadable = new UnreadableFiles();
  /** By path: how often in a row a file looked damaged. */
  readonly #looks = new Map<string, number>();

  constructor({ name, folder, log }: { name: string; folder: LogFolder; log: Log }) {
    this.#name = name;
    this.#folder = folder;
    this.#log = log;
  }

  /** All could be read. */
  clear(): void {
    this.#unreadable.clear();
    this.#looks.clear();
  }

  /** This one could be read. */
  wasRead(path: string): void {
    this.#unreadable.read(path);
    this.#looks.delete(path);
  }

  /**
   * After a read that failed: true if the file is to be put aside; else, after a while, it is to be read again.
   * @throws StorageError 'io' it is not damage, and may pass
   */
  isLost(path: string, error: unknown): boolean {
    if (isUnreadable(error) && this.#isUnreadableForLong(path)) return true;
    if (isDamage(error)) return this.#looksDamaged(path, error);
    this.#looks.delete(path);
    throw StorageError.from(error, `read ${path}`);
  }

  /**
   * The same at a start, where also what the disk cannot read is read again.
   * @throws what the disk said, if it cannot read others either
   */
  isLostAtStart({ path, cause }: DamagedFile): boolean {
    if (!isUnreadable(cause)) return this.#looksDamaged(path, cause);
    // A whole disk that cannot be read is asked again with the next start.
    if (!this.#othersAreRead(path)) throw cause;
    if (this.#unreadable.failed(path)) return true;
    this.#wait(path, cause, UNREADABLE_AGAIN_MS);
    return false;
  }

  /** Renames a closed file so that it is no longer part of the log. Keeps the newest few for a person to look at. */
  putAside(path: string, error: unknown): void {
    const aside = this.#folder.damagedAt(path);
    renameSync(path, aside);
    LogFile.remove(path);
    const surplus = this.#folder.damagedNumbers().slice(0, -KEPT_DAMAGED);
    for (const number of surplus) removeFile(this.#folder.damagedAt(this.#folder.fileAt(number)));
    syncFolder(this.#folder.path);
    this.wasRead(path);
    this.#log.error(
      { err: error, path: aside },
      `a file of the ${this.#name} is damaged and was put aside; the ${this.#name} goes on without it`,
    );
  }

  #looksDamaged(path: string, error: unknown): boolean {
    const reads = (this.#looks.get(path) ?? 0) + 1;
    this.#looks.set(path, reads);
    if (reads >= READS) return true;
    this.#wait(path, error, READ_AGAIN_MS);
    return false;
  }

  #wait(path: string, error: unknown, ms: number): void {
    this.#log.warn({ err: error, path }, 'a file looks damaged: it is read again');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)), 0, 0, ms);
  }

  #isUnreadableForLong(path: string): boolean {
    return this.#othersAreRead(path) && this.#unreadable.failed(path);
  }

  /**
   * True if it is that file, and not the disk: another can be read, or there is none.
   * @throws StorageError 'io' not even the folder can be
   */
  #othersAreRead(path: string): boolean {
    try {
      const others = this.#folder.files().filter((other) => other !== path);
      return others.length === 0 || others.some(canBeRead);
    } catch (error) {
      throw StorageError.from(error, `read ${this.#folder.path}`);
    }
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
