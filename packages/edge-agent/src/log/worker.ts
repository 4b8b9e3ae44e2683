import '@sluis/runtime/keep-compiled';
import '@sluis/runtime/tidy-heap';
import { type MessagePort, parentPort } from 'node:worker_threads';
import type { Log } from '@sluis/plugin-sdk';
import { serve, transfer } from '@sluis/runtime/rpc';
import { buffersOf } from './client.ts';
import type { Disk, Journal, Outbox } from './log.ts';
import { Storage, type StorageOptions } from './storage.ts';

/** The storage worker's thread: it alone touches the data folder, so the others stay responsive whatever the disk does. */
export interface StorageControl {
  /** Recovers the folder; nothing else works before. */
  open(folder: StorageFolder): void;
  /** Serves the logs on one more port. */
  connect(port: MessagePort): void;
  /** Records, checkpoints and closes: the thread ends after that. */
  close(): void;
}

export type StorageFolder = Pick<StorageOptions, 'directory' | 'journal' | 'outbox'>;

export interface LogLine {
  readonly level: keyof Log;
  readonly fields: Record<string, unknown>;
  readonly text: string;
}

const FLUSH_MS = 1000;

if (!parentPort) throw new Error('worker.ts is the entry of a thread: start it with startStorage()');
const parent = parentPort;
const ports: MessagePort[] = [];
let storage: Storage | undefined;
let timer: NodeJS.Timeout | undefined;

const line = (level: keyof Log) => (fields: Record<string, unknown>, text: string) =>
  parent.postMessage({ level, fields, text } satisfies LogLine, []);
const log: Log = { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') };

const control: StorageControl = {
  open(folder) {
    storage = Storage.open({ ...folder, now: () => Date.now() * 1000, log });
    timer = setInterval(flush, FLUSH_MS);
  },

  connect(port) {
    if (!storage) throw new Error('the storage is not open');
    const { journal, outbox, snapshots, ballast } = storage;
    ports.push(port);
    serve(port, {
      journal: {
        state: () => journal.state(),
        append: (commit) => journal.append(commit),
        read: (options) => moved(journal.read(options)),
        release: (sequence) => journal.release(sequence),
        spare: (sequence) => journal.spare(sequence),
        shed: (request) => journal.shed(request),
        forsake: (request) => journal.forsake(request),
        losses: () => journal.losses(),
        stats: () => journal.stats(),
      },
      outbox: {
        state: () => outbox.state(),
        commit: (commit) => outbox.commit(commit),
        read: (options) => moved(outbox.read(options)),
        definitions: (ids) => outbox.definitions(ids),
        isOwn: (lane, sequence, crc) => outbox.isOwn(lane, sequence, crc),
        acknowledge: (lane, ranges) => outbox.acknowledge(lane, ranges),
        reconcile: (lane, ranges) => outbox.reconcile(lane, ranges),
        giveUp: (lane, sequences) => outbox.giveUp(lane, sequences),
        givenUp: () => outbox.givenUp(),
        remint: () => outbox.remint(),
        stats: () => outbox.stats(),
      },
      snapshots,
      disk: { state: () => ballast.state },
    } satisfies Pick<Storage, 'snapshots'> & { journal: Journal; outbox: Outbox; disk: Disk });
  },

  close() {
    clearInterval(timer);
    storage?.[Symbol.dispose]();
    for (const port of ports) port.close();
  },
};
serve(parent, control);

function flush(): void {
  try {
    storage?.flush();
  } catch (error) {
    log.warn({ err: error }, 'acks could not be recorded, or old data could not be let go; it is tried again');
  }
}

function moved<T extends readonly { readonly bytes: Uint8Array }[]>(items: T): T {
  return transfer(items, buffersOf(items));
}
