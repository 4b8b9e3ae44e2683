import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';

/*
 * Real folders, real SQLite. A crash leaves what was committed up to that moment: from then on the disk refuses each
 * transaction, so that nothing that is done on closing, such as recording acks, is part of it. What a power cut leaves of
 * writes without an fsync is test/power-cut's subject.
 */

/** What becomes of a commit: refused, it leaves no trace; in doubt, it is said to have failed and is there all the same. */
export type Fate = 'done' | 'full' | 'refused' | 'in doubt';

/** The disks of one simulated machine after the other. */
export class Disk {
  readonly #root: string;
  #folders = 0;
  folder: string;
  /** Decides on each commit in this folder. */
  fate: () => Fate = () => 'done';

  constructor(root: string, name: string) {
    this.#root = join(root, name);
    this.folder = this.#next();
    mkdirSync(this.folder, { recursive: true });
    disks.add(this);
  }

  /** Who has the folder open is dead: lets it close what it has, and change nothing. */
  crash(close: () => void): void {
    this.fate = () => 'refused';
    try {
      close();
    } finally {
      this.fate = () => 'done';
    }
  }

  /** The folder as it is now, by a name of its own. */
  copy(): string {
    const copy = this.#next();
    copyFolder(this.folder, copy);
    return copy;
  }

  /** The machine goes on with another folder: one that {@link copy} gave, or an empty one. */
  replace(folder: string | undefined): void {
    const old = this.folder;
    this.folder = this.#next();
    if (folder) copyFolder(folder, this.folder);
    else mkdirSync(this.folder);
    rmSync(old, { recursive: true });
  }

  dispose(): void {
    disks.delete(this);
    rmSync(this.#root, { recursive: true, force: true });
  }

  #next(): string {
    return `${this.#root}/${this.#folders++}`;
  }
}

const disks = new Set<Disk>();

/** In memory where there is such a file system: what counts is what is written, not what a disk makes of it. */
export function temporaryRoot(): string {
  return mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'sluis-simulation-'));
}

function copyFolder(from: string, to: string): void {
  mkdirSync(to);
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    if (entry.isDirectory()) copyFolder(join(from, entry.name), join(to, entry.name));
    else copyFileSync(join(from, entry.name), join(to, entry.name));
  }
}

type Work = (...args: unknown[]) => unknown;

/** Logs are small here, and so are their pages: of 16 KiB each, a commit of a few samples would write 100 KiB. */
const PAGE = 'page_size = 1024';

/** Lets the disk that a database lies on decide on its transactions, and gives new files small pages. */
export function replaceSqlite(): void {
  const { pragma, transaction } = Database.prototype;
  // oxlint-disable-next-line no-extend-native -- as below
  Database.prototype.pragma = function (this: Database.Database, source, options) {
    return pragma.call(this, source.startsWith('page_size =') ? PAGE : source, options);
  };
  // oxlint-disable-next-line no-extend-native -- it is the library's, and this process only simulates
  Database.prototype.transaction = function (this: Database.Database, work: Work) {
    const disk = [...disks].find(({ folder }) => this.name.startsWith(`${folder}/`));
    if (!disk) return transaction.call(this, work);
    let nested: Work | undefined;
    const run = (begin: string, args: unknown[]): unknown => {
      // Within a transaction it is a savepoint, and reaches no disk.
      if (this.inTransaction) return (nested ??= transaction.call(this, work) as Work)(...args);
      return decided(this, { disk, begin, work: () => work(...args) });
    };
    const call = (...args: unknown[]): unknown => run('BEGIN', args);
    return Object.assign(call, {
      default: call,
      deferred: call,
      immediate: (...args: unknown[]) => run('BEGIN IMMEDIATE', args),
      exclusive: (...args: unknown[]) => run('BEGIN EXCLUSIVE', args),
    });
  } as typeof transaction;
}

/** As the library does it, once for all databases: it makes four functions and asks three statements for each transaction. */
function decided(
  database: Database.Database,
  { disk, begin, work }: { disk: Disk; begin: string; work: () => unknown },
): unknown {
  const fate = disk.fate();
  database.exec(begin);
  try {
    const result = work();
    if (fate === 'refused') throw failure('SQLITE_IOERR_WRITE');
    if (fate === 'full') throw failure('SQLITE_FULL');
    database.exec('COMMIT');
    if (fate === 'in doubt') throw failure('SQLITE_IOERR_FSYNC');
    return result;
  } finally {
    if (database.inTransaction) database.exec('ROLLBACK');
  }
}

function failure(code: string): Error {
  return new Database.SqliteError('the simulated disk fails', code);
}
