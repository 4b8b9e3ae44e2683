import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { connect, type Remote } from '@sluis/runtime/rpc';
import { StorageError } from './storage-error.ts';
import type { StorageControl } from './worker.ts';

/** The worker's objects are short-lived columns and buffers, and those lie outside the heap. */
const YOUNG_GENERATION_MB = 3;

/** The thread of the logs, which has loaded their code and touches no folder yet. */
export interface StorageThread {
  readonly worker: Worker;
  readonly control: Remote<StorageControl>;
  /** Resolves with the reason when it has ended. */
  readonly ended: Promise<string>;
}

export function openStorageThread(): StorageThread {
  const worker = new Worker(new URL(`./worker${extname(import.meta.url)}`, import.meta.url), {
    name: 'storage',
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
  });
  let reason = 'the storage worker was stopped';
  worker.on('error', (error: Error) => (reason = `the storage worker failed: ${error.message}`));
  const ended = new Promise<string>((resolve) => worker.on('exit', () => resolve(reason)));
  return { worker, ended, control: connect<StorageControl>(worker, { errors: { StorageError } }) };
}
