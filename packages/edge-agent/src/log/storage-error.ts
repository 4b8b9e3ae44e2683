/**
 * Why the storage could not do it, and what the caller does next:
 *
 * - `full`: no space on the disk. Nothing was kept; repeat later, it works again as soon as there is space.
 * - `io`: the disk refused. Nothing counts as kept; repeat later.
 * - `quota`: the log is at its declared limit with data that is still needed. Repeat once some of it was released or acked.
 * - `damaged`: what is on the disk cannot be used. Not to be repeated.
 * - `closed`: the storage has ended. Ask for the next one.
 */
export type StorageErrorCode = 'full' | 'io' | 'quota' | 'damaged' | 'closed';

export class StorageError extends Error {
  override readonly name = 'StorageError';
  readonly code: StorageErrorCode;

  constructor(code: StorageErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options);
    this.code = code;
  }

  /** Converts what SQLite or the file system threw, once, at the boundary. `doing` says what failed: 'write to FILE'. */
  static from(error: unknown, doing: string): StorageError {
    if (error instanceof StorageError) return error;
    const code = errorCode(error);
    if (damageCodes.has(code))
      return new StorageError('damaged', `could not ${doing}: the file is damaged`, { cause: error });
    if (fullCodes.has(code)) {
      return new StorageError('full', `could not ${doing}: the disk is full; make space, and it goes on by itself`, {
        cause: error,
      });
    }
    return new StorageError('io', `could not ${doing}: the disk refused (${code || String(error)})`, { cause: error });
  }
}

/** True if `error` says that the content of a file is not what was written. */
export function isDamage(error: unknown): boolean {
  return error instanceof StorageError ? error.code === 'damaged' : damageCodes.has(errorCode(error));
}

/** True if `error` says that the disk could not read, which may pass: a bad sector, or a disk that is gone for a while. */
export function isUnreadable(error: unknown): boolean {
  const cause = error instanceof StorageError ? error.cause : error;
  return unreadableCodes.has(errorCode(cause));
}

/** True if `error` says that the disk has no space left. */
export function isFull(error: unknown): boolean {
  return error instanceof StorageError ? error.code === 'full' : fullCodes.has(errorCode(error));
}

/** The `code` of an error of SQLite or Node, '' if it has none. */
export function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

const fullCodes = new Set(['SQLITE_FULL', 'ENOSPC', 'EDQUOT']);
const unreadableCodes = new Set(['EIO', 'SQLITE_IOERR_READ']);
const damageCodes = new Set([
  'SQLITE_CORRUPT',
  'SQLITE_CORRUPT_INDEX',
  'SQLITE_CORRUPT_SEQUENCE',
  'SQLITE_CORRUPT_VTAB',
  'SQLITE_NOTADB',
  'SQLITE_IOERR_SHORT_READ',
]);
