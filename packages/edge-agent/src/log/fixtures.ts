import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { closedByCrc, type EncodedSegment, type Lane } from '@sluis/protocol';
import type { Log } from '@sluis/plugin-sdk';
import type { JournalEntry } from './log.ts';
import { Storage, type StorageOptions } from './storage.ts';

/** For tests: a data folder in memory where there is such a file system, removed when disposed. */
export class TemporaryFolder implements Disposable {
  readonly path = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'sluis-log-'));

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** A log for tests that keeps what is worth a person's attention. */
export class CollectedLog implements Log {
  readonly reports: { fields: Record<string, unknown>; message: string }[] = [];

  debug(): void {}
  info(): void {}

  warn(fields: Record<string, unknown>, message: string): void {
    this.reports.push({ fields, message });
  }

  error(fields: Record<string, unknown>, message: string): void {
    this.reports.push({ fields, message });
  }
}

export const KiB = 1024;

/** A storage whose files hold a handful of records of a few KiB. */
export function openSmall(directory: string, options: Partial<StorageOptions> = {}): Storage {
  return Storage.open({
    directory,
    now: () => 0,
    log: new CollectedLog(),
    journal: { quotaBytes: 400 * KiB, hardQuotaBytes: 800 * KiB },
    outbox: { quotaBytes: 4096 * KiB, fileBytes: 150 * KiB },
    ballastBytes: 64 * KiB,
    ...options,
  });
}

/** A segment whose bytes tell `index`. */
export function segment(index: number, { length = 9000, series = [0] } = {}): EncodedSegment {
  const { bytes, crc } = closedByCrc(Buffer.alloc(length, `segment ${index} `));
  return { bytes, crc, samples: index, series: Uint32Array.from(series), minTime: 0, maxTime: 0 };
}

export function entry(index: number, options?: Parameters<typeof segment>[1]): JournalEntry {
  return { ...segment(index, options), source: 'plc', clock: index };
}

/** Definitions of the ids 0 to `count`. */
export function series(count: number) {
  return { first: 0, series: Array.from({ length: count }, (_, id) => ({ path: `plant/${id}`, unit: '' })) };
}

export function inLane<T extends EncodedSegment>(lane: Lane, segment: T): T & { lane: Lane } {
  return { ...segment, lane };
}
