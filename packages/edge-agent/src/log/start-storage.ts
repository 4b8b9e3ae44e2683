import { addAbortListener } from 'node:events';
import { extname } from 'node:path';
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import type { Log } from '@sluis/plugin-sdk';
import { type Running, within } from '@sluis/runtime';
import { connect, transfer } from '@sluis/runtime/rpc';
import { type StorageClient, storageClient } from './client.ts';
import { StorageError } from './storage-error.ts';
import type { LogLine, StorageControl, StorageWorkerData } from './worker.ts';

/** The storage worker as its parent sees it. */
export interface StorageWorker extends StorageClient {
  /** A port for another thread, which calls `storageClient(port)` there. It closes when the storage ends. */
  connect(): Promise<MessagePort>;
}

/** Closing in order is given this long: what it records can be recovered. */
const CLOSE_MS = 1_500;
/** The worker's objects are short-lived columns and buffers, and those lie outside the heap. */
const YOUNG_GENERATION_MB = 8;

/**
 * Starts the storage worker on a data folder. When `signal` is aborted before that is done, the worker is terminated.
 * @throws StorageError the folder could not be recovered now: start again later
 * @throws PortClosedError the worker has ended or was terminated meanwhile
 */
export async function startStorage(
  { log, ...options }: StorageWorkerData & { log: Log },
  signal?: AbortSignal,
): Promise<Running<StorageWorker>> {
  signal?.throwIfAborted();
  const entry = new URL(`./worker${extname(import.meta.url)}`, import.meta.url);
  const worker = new Worker(entry, {
    name: 'storage',
    workerData: options satisfies StorageWorkerData,
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
  });
  let reason = 'the storage worker was stopped';
  worker.on('error', (error: Error) => (reason = `the storage worker failed: ${error.message}`));
  worker.on('message', (message: unknown) => {
    if (isLogLine(message)) log[message.level](message.fields, message.text);
  });
  const ended = new Promise<string>((resolve) => worker.on('exit', () => resolve(reason)));

  const control = connect<StorageControl>(worker, { errors: { StorageError } });
  const open = async () => {
    const { port1, port2 } = new MessageChannel();
    await control.connect(transfer(port2, [port2]));
    return port1;
  };
  using _abandoning = signal && addAbortListener(signal, () => worker.terminate());
  try {
    await control.open();
    const port = await open();
    const stop = async () => {
      try {
        if (!(await within(CLOSE_MS, control.close()))) {
          log.warn({ afterMs: CLOSE_MS }, 'the storage did not close in time; the next start recovers it');
        }
      } catch (error) {
        log.warn({ err: error }, 'the storage did not close in order; the next start recovers it');
      }
      await worker.terminate();
      port.close();
    };
    return { value: { ...storageClient(port), connect: open }, ended, stop };
  } catch (error) {
    await worker.terminate();
    throw error;
  }
}

function isLogLine(message: unknown): message is LogLine {
  return typeof message === 'object' && message !== null && 'level' in message && 'text' in message;
}
