import { join } from 'node:path';
import type { Log } from '@sluis/plugin-sdk';
import { SqliteJournal } from './journal.ts';
import { SqliteOutbox } from './outbox.ts';
import { SnapshotFolder } from './snapshots.ts';

const MiB = 1024 * 1024;

export interface StorageOptions {
  /** The agent's data folder; made if it is not there. */
  readonly directory: string;
  /** The agent's clock in µs. */
  readonly now: () => number;
  readonly log: Log;
  readonly journal?: JournalLimits;
  readonly outbox?: OutboxLimits;
}

export interface JournalLimits {
  /** What no stream needs any more is kept up to this: 1 GiB unless given. */
  readonly quotaBytes?: number;
  /** At this, appending is refused: twice the quota unless given. */
  readonly hardQuotaBytes?: number;
  /** Size of a file: 64 MiB unless given, at most a quarter of the quota. */
  readonly fileBytes?: number;
}

export interface OutboxLimits {
  /** At this, commits with segments are refused: 4 GiB unless given. */
  readonly quotaBytes?: number;
  /** Size of a file: 64 MiB unless given, at most a quarter of the quota. */
  readonly fileBytes?: number;
}

/** The logs of an agent in its data folder. One owner at a time. */
export class Storage implements Disposable {
  readonly journal: SqliteJournal;
  readonly outbox: SqliteOutbox;
  readonly snapshots: SnapshotFolder;

  constructor({ directory, now, log, journal = {}, outbox = {} }: StorageOptions) {
    const journalQuota = journal.quotaBytes ?? 1024 * MiB;
    this.journal = new SqliteJournal({
      folder: join(directory, 'journal'),
      log,
      quotaBytes: journalQuota,
      hardQuotaBytes: journal.hardQuotaBytes ?? 2 * journalQuota,
      fileBytes: fileBytes(journal.fileBytes, journalQuota),
    });
    const outboxQuota = outbox.quotaBytes ?? 4096 * MiB;
    this.outbox = new SqliteOutbox({
      folder: join(directory, 'outbox'),
      log,
      now,
      quotaBytes: outboxQuota,
      fileBytes: fileBytes(outbox.fileBytes, outboxQuota),
    });
    this.snapshots = new SnapshotFolder({ folder: join(directory, 'snapshots'), log });
  }

  /**
   * Recovers what the folder holds.
   * @throws StorageError the disk refuses; nothing stays open
   */
  static open(options: StorageOptions): Storage {
    const storage = new Storage(options);
    try {
      storage.journal.open();
      storage.outbox.open();
      storage.snapshots.open();
    } catch (error) {
      storage[Symbol.dispose]();
      throw error;
    }
    return storage;
  }

  /** Records what may wait a little: to be called each second. */
  flush(): void {
    this.outbox.flush();
  }

  /** Records and checkpoints what the disk allows, and closes. */
  [Symbol.dispose](): void {
    this.journal[Symbol.dispose]();
    this.outbox[Symbol.dispose]();
  }
}

/** So that retiring a file gives back a part of the quota, not all of it. */
function fileBytes(wanted = 64 * MiB, quota: number): number {
  return Math.min(wanted, quota / 4);
}
