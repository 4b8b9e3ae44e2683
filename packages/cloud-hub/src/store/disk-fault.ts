import Database from 'better-sqlite3';

/** What SQLite says of the disk, not of the statement: by prefix, for there are many kinds of each. */
const DISK_FAULTS = ['SQLITE_FULL', 'SQLITE_IOERR', 'SQLITE_CORRUPT', 'SQLITE_NOTADB'];

/** True where no statement of the same transaction would fare better. */
export function isDiskFault(error: unknown): error is InstanceType<typeof Database.SqliteError> {
  return error instanceof Database.SqliteError && DISK_FAULTS.some((fault) => error.code.startsWith(fault));
}

/** True where a commit did not find space: it changed nothing. */
export function isDiskFull(error: unknown): boolean {
  return isDiskFault(error) && error.code.startsWith('SQLITE_FULL');
}

/** True of a read, flush or file that failed: what the file holds is not known before it is opened again. */
export function leavesFileInDoubt(error: unknown): boolean {
  return isDiskFault(error) && !isDiskFull(error);
}
