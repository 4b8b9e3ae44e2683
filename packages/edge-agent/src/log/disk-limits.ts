import { statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { errorCode } from './storage-error.ts';

const MiB = 1024 * 1024;

/** The largest file of a log: unlinking one gives space back at once, and none takes long to read through. */
const MAX_FILE_BYTES = 64 * MiB;
/** So that letting a file go gives back a part of the quota, not all of it. */
const FILES_PER_QUOTA = 4;
/** Twice the largest WAL of each log: enough to record what is let go, whatever state they are in. */
const MAX_BALLAST_BYTES = 16 * MiB;
const BALLAST_SHARE = 1 / 16;
/** What logs and snapshots may take of a disk, all together: the rest is for WALs, the ballast and what is not ours. */
const DATA_SHARE = 0.75;
/** Two are kept, and a third is written before the oldest goes. */
const SNAPSHOTS = 3;
/** What remembered samples may take in a snapshot, of the journal's quota; and of the disk's share, however large that is. */
const SNAPSHOT_SHARE = 1 / 16;
const SNAPSHOTS_SHARE = 1 / 8;
/** Of a remembered sample in a snapshot: time and value, compressed; random doubles take 8. */
const SNAPSHOT_SAMPLE_BYTES = 8;

export interface LogQuotas {
  readonly journal: { readonly quotaBytes: number; readonly hardQuotaBytes: number };
  readonly outbox: { readonly quotaBytes: number };
}

export interface DiskLimits extends LogQuotas {
  readonly ballastBytes: number;
  /** True if it is less than was asked for. */
  readonly isCut: boolean;
}

/** Quotas that an empty disk could hold beside snapshots. What one log does not ask for of its half, the other may have. */
export function fitToDisk({ journal, outbox }: LogQuotas, diskBytes: number): DiskLimits {
  const data = Math.floor(diskBytes * DATA_SHARE);
  const snapshots = SNAPSHOTS * SNAPSHOT_SAMPLE_BYTES * rememberedSamples(journal.quotaBytes);
  const room = data - Math.min(snapshots, data * SNAPSHOTS_SHARE);
  const share = (wanted: number, other: number): number => Math.min(wanted, Math.max(room / 2, room - other));
  const hardQuotaBytes = share(journal.hardQuotaBytes, outbox.quotaBytes);
  const isCut = hardQuotaBytes < journal.hardQuotaBytes;
  const outboxBytes = share(outbox.quotaBytes, journal.hardQuotaBytes);
  return {
    journal: {
      quotaBytes: isCut ? Math.min(journal.quotaBytes, hardQuotaBytes / 2) : journal.quotaBytes,
      hardQuotaBytes,
    },
    outbox: { quotaBytes: outboxBytes },
    ballastBytes: Math.min(MAX_BALLAST_BYTES, Math.floor(diskBytes * BALLAST_SHARE)),
    isCut: isCut || outboxBytes < outbox.quotaBytes,
  };
}

/** How many samples streams may remember: as many as snapshots have room for beside a journal of this quota. */
export function rememberedSamples(journalQuotaBytes: number): number {
  return Math.floor((journalQuotaBytes * SNAPSHOT_SHARE) / SNAPSHOT_SAMPLE_BYTES);
}

/** Size of a log's files. */
export function fileBytesFor(quotaBytes: number): number {
  return Math.min(MAX_FILE_BYTES, Math.floor(quotaBytes / FILES_PER_QUOTA));
}

/** Size of the file system that a folder is on, or will be on when it is made. */
export function diskBytes(folder: string): number {
  try {
    const { blocks, bsize } = statfsSync(folder);
    return blocks * bsize;
  } catch (error) {
    if (errorCode(error) !== 'ENOENT' || dirname(folder) === folder) throw error;
    return diskBytes(dirname(folder));
  }
}
