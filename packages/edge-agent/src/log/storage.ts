import { join } from 'node:path';
import type { Log } from '@sluis/plugin-sdk';
import { Ballast } from './ballast.ts';
import { type DiskLimits, diskBytes, fileBytesFor, fitToDisk, type LogQuotas } from './disk-limits.ts';
import { ensureFolder } from './folder.ts';
import { SqliteJournal } from './journal.ts';
import type { WhenFull } from './log.ts';
import { SqliteOutbox } from './outbox.ts';
import { SnapshotFolder } from './snapshots.ts';
import { StorageError } from './storage-error.ts';

const MiB = 1024 * 1024;
/** Where the hard quota is twice the quota, as much as a file has at most: the journal gives up file by file. */
const RESERVE_SHARE = 1 / 8;

export interface StorageOptions {
  /** The agent's data folder; made if it is not there. */
  readonly directory: string;
  /** The agent's clock in µs. */
  readonly now: () => number;
  readonly log: Log;
  readonly journal?: JournalLimits;
  readonly outbox?: OutboxLimits;
  /** Space that is kept for when the disk is full. It follows the disk's size unless given. */
  readonly ballastBytes?: number;
}

export interface JournalLimits {
  /** What no stream needs any more is kept up to this: 1 GiB unless given. */
  readonly quotaBytes?: number;
  /** At this, appending is refused: twice the quota unless given. */
  readonly hardQuotaBytes?: number;
  /** A part of the hard quota is kept for sources that shed, so that others do not take the room that these make. */
  readonly reserve?: boolean;
  /** What no stream needs any more is kept so long, in µs: up to the quota unless given. */
  readonly keep?: number | undefined;
}

export interface OutboxLimits {
  /** What is kept for a hub that is away: 4 GiB unless given. */
  readonly quotaBytes?: number;
  /** At the quota: back-pressure unless given. */
  readonly whenFull?: WhenFull;
  /** What is held longer than this, in µs, is shed. For ever unless given. */
  readonly keep?: number | undefined;
  /** Size of a file: as the quota asks for, unless given. */
  readonly fileBytes?: number;
}

/** The quotas as they are asked for, all given. */
export function quotasOf({ journal = {}, outbox = {} }: Pick<StorageOptions, 'journal' | 'outbox'>): LogQuotas {
  const { quotaBytes = 1024 * MiB } = journal;
  const { hardQuotaBytes = 2 * quotaBytes } = journal;
  return { journal: { quotaBytes, hardQuotaBytes }, outbox: { quotaBytes: outbox.quotaBytes ?? 4096 * MiB } };
}

/** The logs of an agent in its data folder. One owner at a time. */
export class Storage implements Disposable {
  readonly journal: SqliteJournal;
  readonly outbox: SqliteOutbox;
  readonly snapshots: SnapshotFolder;
  readonly ballast: Ballast;

  constructor({ directory, now, log, ballastBytes, ...options }: StorageOptions, limits: DiskLimits) {
    const bytes = ballastBytes ?? limits.ballastBytes;
    this.ballast = new Ballast({ folder: directory, bytes, now, log });
    this.journal = new SqliteJournal({
      folder: join(directory, 'journal'),
      log,
      now,
      ...limits.journal,
      keep: options.journal?.keep,
      reserveBytes: options.journal?.reserve ? limits.journal.hardQuotaBytes * RESERVE_SHARE : 0,
      fileBytes: fileBytesFor(limits.journal.quotaBytes),
      ballast: this.ballast,
      relieve: () => this.outbox.relieve(),
    });
    const {
      fileBytes = fileBytesFor(limits.outbox.quotaBytes),
      whenFull = 'back-pressure',
      keep,
    } = options.outbox ?? {};
    this.outbox = new SqliteOutbox({
      folder: join(directory, 'outbox'),
      log,
      now,
      ...limits.outbox,
      whenFull,
      keep,
      fileBytes,
      ballast: this.ballast,
      relieve: () => this.journal.relieve(),
    });
    this.snapshots = new SnapshotFolder({ folder: join(directory, 'snapshots'), log, ballast: this.ballast });
  }

  /**
   * Recovers what the folder holds. A disk that is full does not keep it from that.
   * @throws StorageError the disk refuses; nothing stays open
   */
  static open(options: StorageOptions): Storage {
    const { directory } = options;
    const storage = new Storage(options, limitsOn(directory, options));
    try {
      storage.ballast.open();
      storage.journal.open();
      storage.snapshots.open();
      storage.outbox.open({ hadStreams: !storage.snapshots.isEmpty });
    } catch (error) {
      storage[Symbol.dispose]();
      throw StorageError.from(error, `open the data folder ${directory}`);
    }
    return storage;
  }

  /** Records what may wait a little, lets go what is too old, and looks after the disk: to be called each second. */
  flush(): void {
    this.ballast.hasSpace();
    // Trouble of one log keeps nothing of the other waiting.
    try {
      this.journal.flush();
    } finally {
      this.outbox.flush();
    }
  }

  /** Records and checkpoints what the disk allows, and closes. */
  [Symbol.dispose](): void {
    this.journal[Symbol.dispose]();
    this.outbox[Symbol.dispose]();
  }
}

/** What the disk allows of what is asked for; said where that is less. */
function limitsOn(directory: string, options: StorageOptions): DiskLimits {
  const asked = quotasOf(options);
  try {
    ensureFolder(directory);
    const limits = fitToDisk(asked, diskBytes(directory));
    if (limits.isCut) {
      const { journal, outbox } = limits;
      options.log.warn(
        { asked, journal, outbox },
        `the disk with ${directory} is smaller than the quotas: they are cut`,
      );
    }
    return limits;
  } catch (error) {
    throw StorageError.from(error, `open the data folder ${directory}`);
  }
}
