import { join } from 'node:path';
import { verifyRows, verifyWhole } from './hub-files/verify.ts';
import { verifyFiles } from '../hub-store-crash/verify-files.ts';
import { verifyStore } from '../hub-store-crash/verify.ts';
import { verifyStorage } from '../storage-crash/verify.ts';
import { workloads as storage } from '../storage-crash/workload.ts';

export interface Workload {
  /** Arguments for node: a driver that works in `folder`, which it makes, and acknowledges on stdout. */
  driver(folder: string): string[];
  /** Throws unless what is left in `folder` keeps what the lines acknowledged, each thing once. */
  readonly verify: Verify;
  /** The same by starting the program there, which takes a second. */
  readonly verifyWhole?: Verify;
}

type Verify = (folder: string, acknowledged: readonly string[]) => void | Promise<void>;

const test = (path: string) => join(import.meta.dirname, '..', path);

export const workloads: Readonly<Record<string, Workload>> = {
  'agent-storage': {
    driver: (folder) => [test('storage-crash/driver.ts'), folder],
    verify: verifyStorage(storage.small),
  },
  'agent-storage-large': {
    driver: (folder) => [test('storage-crash/driver.ts'), folder, 'large'],
    verify: verifyStorage(storage.large),
  },
  'hub-ingest': { driver: (folder) => [test('hub-store-crash/driver.ts'), folder], verify: verifyStore },
  /** Compaction by itself, and a restart of it on what is left, which must leave no other file. */
  'hub-compaction': {
    driver: (folder) => [test('hub-store-crash/files-driver.ts'), folder],
    verify: verifyFiles,
  },
  'hub-files': {
    driver: (folder) => [test('power-cut/hub-files/driver.ts'), folder],
    verify: verifyRows,
    verifyWhole,
  },
};
