import { addAbortListener } from 'node:events';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import type { Log } from '@sluis/plugin-sdk';
import { type Running, within } from '@sluis/runtime';
import { transfer } from '@sluis/runtime/rpc';
import { type StorageClient, storageClient } from './client.ts';
import { openStorageThread, type StorageThread } from './storage-thread.ts';
import type { LogLine, StorageFolder } from './worker.ts';

/** The storage worker as its parent sees it. */
export interface StorageWorker extends StorageClient {
  /** A port for another thread, which calls `storageClient(port)` there. It closes when the storage ends. */
  connect(): Promise<MessagePort>;
}

/** Closing in order is given this long: what it records can be recovered. */
const CLOSE_MS = 1_500;

export interface StartStorageOptions extends StorageFolder {
  readonly log: Log;
  /** Opened already, and this one's from now on. */
  readonly thread?: StorageThread;
}

/**
 * Starts the storage worker on a data folder. When `signal` is aborted before that is done, the worker is terminated.
 * @throws StorageError the folder could not be recovered now: start again later
 * @throws PortClosedError the worker has ended or was terminated meanwhile
 */
export async function startStorage(
  { log, thread = openStorageThread(), ...folder }: StartStorageOptions,
  signal?: AbortSignal,
): Promise<Running<StorageWorker>> {
  const { worker, control, ended } = thread;
  worker.on('message', (message: unknown) => {
    if (isLogLine(message)) log[message.level](message.fields, message.text);
  });
  const open = async () => {
    const { port1, port2 } = new MessageChannel();
    await control.connect(transfer(port2, [port2]));
    return port1;
  };
  using _abandoning = signal && addAbortListener(signal, () => worker.terminate());
  try {
    signal?.throwIfAborted();
    await control.open(folder);
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
