import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { ensureFolder } from './folder.ts';
import { describe, UserError } from './user-error.ts';

/**
 * Makes this process the only one that uses a data folder, until disposed or dead.
 *
 * The lock is SQLite's own on an empty database file: the operating system drops it with the process, so a SIGKILL
 * leaves nothing to clean up, and no pid that was given to another process can be mistaken for the holder.
 */
export function lockFolder(folder: string, program: string): Disposable {
  makeFolder(folder);
  try {
    return lockPatiently(folder, program);
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    throw new UserError({
      what: `cannot use the data folder ${folder}: ${describe(cause)}`,
      hint: 'name a folder that this user may write to, or run this as the user that it belongs to',
      cause,
    });
  }
}

/** A disk that refuses for a moment should not end a start: so often it is asked. */
const TRIES = 10;
/** Between two of them. Nothing else runs yet that this could hold up. */
const PAUSE_MS = 250;

function lockPatiently(folder: string, program: string): Disposable {
  for (let tries = 1; ; tries++) {
    try {
      return lock(folder, program);
    } catch (error) {
      if (tries === TRIES || !isIoError(error)) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)), 0, 0, PAUSE_MS);
    }
  }
}

function lock(folder: string, program: string): Disposable {
  const holderFile = join(folder, 'lock.holder');
  const database = new Database(join(folder, 'lock'), { timeout: 0 });
  try {
    // The journal that a transaction begins with needs space; in memory it needs none, so a full disk keeps no one from starting.
    database.pragma('journal_mode = MEMORY');
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if (!(error instanceof Database.SqliteError) || !error.code.startsWith('SQLITE_BUSY')) throw error;
    throw new UserError({
      what: `the data folder ${folder} is in use by ${holder(holderFile)}`,
      hint: 'stop that process first, or give this one a data folder of its own',
      cause: error,
    });
  }
  // Only for the message above: the lock itself does not depend on it, so a full disk must not keep a process from starting.
  try {
    writeFileSync(holderFile, `${program}, process ${process.pid}, since ${new Date().toISOString()}`);
  } catch (error) {
    if (!isNoSpace(error)) {
      database.close();
      throw error;
    }
  }
  return { [Symbol.dispose]: () => void database.close() };
}

/**
 * Who has a data folder, in words; undefined if nobody does. Takes nothing and changes nothing, but that a start in the
 * same moment could be refused.
 */
export function folderHolder(folder: string): string | undefined {
  const file = join(folder, 'lock');
  if (!existsSync(file)) return undefined;
  const database = new Database(file, { timeout: 0, readonly: true });
  try {
    // Reading needs a lock that nobody gets beside the holder's.
    database.prepare('SELECT count(*) FROM sqlite_master').get();
    return undefined;
  } catch (error) {
    if (!(error instanceof Database.SqliteError) || !error.code.startsWith('SQLITE_BUSY')) throw error;
    return holder(join(folder, 'lock.holder'));
  } finally {
    database.close();
  }
}

function makeFolder(folder: string): void {
  try {
    ensureFolder(folder);
  } catch (cause) {
    throw new UserError({
      what: `cannot make the data folder ${folder}: ${describe(cause)}`,
      hint: 'name a folder that this user may write to',
      cause,
    });
  }
}

function holder(file: string): string {
  try {
    return readFileSync(file, 'utf8') || 'another process';
  } catch {
    // It may just have let go of the folder, or be another user's: that somebody had it is known all the same.
    return 'another process';
  }
}

/** Of SQLite or of the file system. */
function isIoError(error: unknown): boolean {
  if (!(error instanceof Error && 'code' in error && typeof error.code === 'string')) return false;
  return error.code === 'EIO' || error.code.startsWith('SQLITE_IOERR');
}

function isNoSpace(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT');
}
