import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { UserError } from '@sluis/runtime';
import { type MendedWal, mendWal } from '@sluis/runtime/mend-wal';
import Database from 'better-sqlite3';

/** Raised with every change of the schema below; a database of a newer one is refused, never touched. */
export const SCHEMA_VERSION = 7;

/** Large pages: rows are segments of tens of KiB. */
const PAGE_BYTES = 16 << 10;
/** The WAL file is cut back to this after a checkpoint. */
const WAL_LIMIT_BYTES = 64 << 20;
/** SQLite's numbers for what `synchronous` and `journal_mode` must read back as. */
const SYNCHRONOUS_FULL = 2;

/**
 * An epoch belongs to an agent, which belongs to an organisation and a site: what refers to an epoch need not repeat
 * them. Its ordinal is its place in the hub's order of first appearance and the upper part of a row's place in the log.
 *
 * `bytes` comes last in `segments`, so that the columns before it are read without it. `id` is the order of commits.
 */
const VERSION_1 = `
  CREATE TABLE agents (
    id TEXT NOT NULL,
    organisation TEXT NOT NULL DEFAULT 'default',
    site TEXT NOT NULL,
    software TEXT NOT NULL,
    last_seen INTEGER NOT NULL,
    samples INTEGER NOT NULL DEFAULT 0,
    segments INTEGER NOT NULL DEFAULT 0,
    bytes INTEGER NOT NULL DEFAULT 0,
    backlog_samples INTEGER NOT NULL DEFAULT 0,
    backlog_bytes INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (organisation, id)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE epochs (
    ordinal INTEGER PRIMARY KEY,
    organisation TEXT NOT NULL DEFAULT 'default',
    site TEXT NOT NULL,
    agent TEXT NOT NULL,
    epoch TEXT NOT NULL,
    first_seen INTEGER NOT NULL,
    UNIQUE (organisation, agent, epoch)
  ) STRICT;

  CREATE TABLE series (
    id INTEGER PRIMARY KEY,
    organisation TEXT NOT NULL DEFAULT 'default',
    site TEXT NOT NULL,
    path TEXT NOT NULL,
    unit TEXT NOT NULL,
    UNIQUE (organisation, path)
  ) STRICT;

  CREATE TABLE definitions (
    epoch INTEGER NOT NULL REFERENCES epochs,
    id INTEGER NOT NULL,
    -- NULL where no series is kept: the id keeps its number.
    series INTEGER REFERENCES series,
    PRIMARY KEY (epoch, id)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE segments (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    epoch INTEGER NOT NULL REFERENCES epochs,
    lane INTEGER NOT NULL,
    first INTEGER NOT NULL,
    next INTEGER NOT NULL,
    samples INTEGER NOT NULL,
    crc INTEGER NOT NULL,
    bytes BLOB NOT NULL
  ) STRICT;

  CREATE TABLE received (
    epoch INTEGER NOT NULL REFERENCES epochs,
    lane INTEGER NOT NULL,
    first INTEGER NOT NULL,
    next INTEGER NOT NULL,
    PRIMARY KEY (epoch, lane, first)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE highest (
    epoch INTEGER NOT NULL REFERENCES epochs,
    lane INTEGER NOT NULL,
    next INTEGER NOT NULL,
    crc INTEGER NOT NULL,
    PRIMARY KEY (epoch, lane)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE gaps (
    epoch INTEGER NOT NULL REFERENCES epochs,
    lane INTEGER NOT NULL,
    first INTEGER NOT NULL,
    next INTEGER NOT NULL,
    samples INTEGER,
    reason TEXT NOT NULL,
    PRIMARY KEY (epoch, lane, first)
  ) STRICT, WITHOUT ROWID;
`;

/**
 * Why a definition that names a path has no series: its rows are dropped, and counted by agent and reason in the
 * transaction of their segment. NULL beside a NULL series: the agent itself no longer has the definition.
 */
const VERSION_2 = `
  ALTER TABLE definitions ADD COLUMN dropped TEXT;

  CREATE TABLE dropped (
    organisation TEXT NOT NULL DEFAULT 'default',
    agent TEXT NOT NULL,
    reason TEXT NOT NULL,
    samples INTEGER NOT NULL,
    PRIMARY KEY (organisation, agent, reason)
  ) STRICT, WITHOUT ROWID;
`;

/**
 * Which files of samples count, and how far their segments go: a segment up to `through` is in files, whether or not its
 * own row has been deleted yet. Names of files follow from ids, which are never given twice. Times in µs; `written`: when
 * retention was last applied to a file.
 */
const VERSION_3 = `
  CREATE TABLE files (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    group_number INTEGER NOT NULL,
    rows INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    first_time INTEGER NOT NULL,
    last_time INTEGER NOT NULL,
    first_series TEXT NOT NULL,
    last_series TEXT NOT NULL,
    written INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE file_view (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    generation INTEGER NOT NULL,
    through INTEGER NOT NULL
  ) STRICT;
  INSERT INTO file_view VALUES (1, 1, 0);
`;

/** The times of what will never come, and of which epochs a series is, so that its answers can say so. Times in µs. */
const VERSION_4 = `
  ALTER TABLE gaps ADD COLUMN first_time INTEGER;
  ALTER TABLE gaps ADD COLUMN last_time INTEGER;
  CREATE INDEX definitions_of_series ON definitions (series, epoch);
`;

/** CRC-32 of a file and of its series file as they were when they came in; NULL of those that came before this version. */
const VERSION_5 = `
  ALTER TABLE files ADD COLUMN crc INTEGER;
  ALTER TABLE files ADD COLUMN series_crc INTEGER;
`;

/** What the journals of an agent lost, the oldest first: all of an agent's rows are written anew when one changes. Times in µs. */
const VERSION_6 = `
  CREATE TABLE journal_losses (
    organisation TEXT NOT NULL DEFAULT 'default',
    agent TEXT NOT NULL,
    number INTEGER NOT NULL,
    epoch TEXT NOT NULL,
    source TEXT NOT NULL,
    reason TEXT NOT NULL,
    samples INTEGER NOT NULL,
    first INTEGER NOT NULL,
    next INTEGER NOT NULL,
    first_time INTEGER,
    last_time INTEGER,
    PRIMARY KEY (organisation, agent, number)
  ) STRICT, WITHOUT ROWID;
`;

/** Samples of before this time (µs) do not count, though files or segments hold some; NULL: all count. */
const VERSION_7 = `
  ALTER TABLE file_view ADD COLUMN floor INTEGER;
`;

/** What each version adds to the one before. */
export const STEPS = [VERSION_1, VERSION_2, VERSION_3, VERSION_4, VERSION_5, VERSION_6, VERSION_7];

/** Where sample files lie: beside the store's own file. */
export function samplesFolder(directory: string): string {
  return resolve(directory, 'samples');
}

interface OpenOptions {
  /** False for who only looks: an earlier hub could not use it any more. */
  readonly upgrade?: boolean;
  /** It was of this earlier version. */
  readonly upgraded?: (from: number) => void;
  /** Its WAL had rotted. */
  readonly mended?: (found: MendedWal) => void;
}

/** What SQLite says of a file that is not, or no longer, a database. */
const DAMAGED = /^SQLITE_(CORRUPT|NOTADB)/;

/**
 * Opens the store's file in `directory`, which exists and is this process's alone, and creates what is missing.
 * @throws UserError if it is damaged, or of a version that this hub does not know
 */
export function openDatabase(
  directory: string,
  { upgrade = true, upgraded = () => undefined, mended = () => undefined }: OpenOptions = {},
): Database.Database {
  const file = join(directory, 'store.sqlite');
  // What rotted in the WAL would else end it there: what was acked after it would be gone unnoticed.
  const found = existsSync(`${file}-wal`) ? mendWal(`${file}-wal`) : undefined;
  const isDamaged = found !== undefined && found.damaged.length > 0;
  if (found && (isDamaged || found.flipped.length > 0 || found.lostFrom !== undefined)) mended(found);
  const database = new Database(file);
  try {
    database.pragma(`page_size = ${PAGE_BYTES}`);
    // Before the first use of the WAL, so that its index lives in memory: no -shm file, which a full disk could refuse.
    database.pragma('locking_mode = EXCLUSIVE');
    assertPragma(database, 'journal_mode', 'wal', 'journal_mode = WAL');
    // better-sqlite3 opens a WAL database with NORMAL, where a commit does not reach the disk.
    database.pragma('synchronous = FULL');
    assertPragma(database, 'synchronous', SYNCHRONOUS_FULL);
    database.pragma(`journal_size_limit = ${WAL_LIMIT_BYTES}`);
    database.pragma('foreign_keys = ON');
    if (isDamaged) assertWhole(database);
    migrate(database, { file, upgrade, upgraded });
    return database;
  } catch (cause) {
    database.close();
    if (!(cause instanceof Database.SqliteError && DAMAGED.test(cause.code))) throw cause;
    throw new UserError({
      what: `${file} is damaged: ${cause.message}`,
      hint: 'put the data folder back from a backup: agents send again what they still hold of what that lacks',
      cause,
    });
  }
}

/** What a damaged frame has brought in may be anything. */
function assertWhole(database: Database.Database): void {
  const found = String(database.pragma('quick_check(1)', { simple: true }));
  if (found !== 'ok') throw new Database.SqliteError(found, 'SQLITE_CORRUPT');
}

function migrate(
  database: Database.Database,
  { file, upgrade, upgraded }: Required<Omit<OpenOptions, 'mended'>> & { readonly file: string },
): void {
  const version = Number(database.pragma('user_version', { simple: true }));
  if (version === SCHEMA_VERSION) return;
  if (version > SCHEMA_VERSION) {
    throw new UserError({
      what: `${file} has schema version ${version}, this hub knows ${SCHEMA_VERSION}`,
      hint: 'start the version of the hub that last used this data folder, or a newer one',
    });
  }
  if (!upgrade) {
    throw new UserError({
      what: `${file} has schema version ${version}, this hub uses ${SCHEMA_VERSION}`,
      hint: 'run the hub: it brings the store up to its version when it starts; an earlier hub cannot use it after that',
    });
  }
  database.transaction(() => {
    for (const step of STEPS.slice(version)) database.exec(step);
    database.pragma(`user_version = ${SCHEMA_VERSION}`);
  })();
  if (version > 0) upgraded(version);
}

function assertPragma(
  database: Database.Database,
  name: string,
  expected: string | number,
  statement: string = name,
): void {
  const actual = database.pragma(statement, { simple: true });
  if (actual !== expected) throw new Error(`SQLite answers ${name} = ${String(actual)} where ${expected} is needed`);
}
