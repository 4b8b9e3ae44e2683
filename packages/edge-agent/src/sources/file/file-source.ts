import { type FSWatcher, watch } from 'node:fs';
import { resolve } from 'node:path';
import { BatchBuilder } from '@sluis/protocol';
import { pause, type Source, type SourceContext } from '@sluis/plugin-sdk';
import type { FileConfig } from './config.ts';
import { Follower } from './follower.ts';
import { InOrder } from './in-order.ts';
import type { RecordFile, RecordReader } from './record-reader.ts';

/** Between two looks at the folder, however often it changes: a look takes some 30 µs a file. */
const REST_MS = 20;
const REST_MS_PER_FILE = 1;
/** How long a stop waits for what was read to become durable. What does not is read again in the next life. */
const DRAIN_MS = 2_000;
const MICROSECONDS_PER_MS = 1_000;

/**
 * Follows files. The folder is looked at each time the system says that it changed, where it does, and at every `poll`:
 * network file systems say nothing.
 */
export class FileSource<Config extends FileConfig> implements Source {
  readonly #context: SourceContext<Config>;
  readonly #follower: Follower;
  readonly #writes: InOrder;
  /** Nothing more is read. */
  readonly #stop = new AbortController();
  /** What was read is given up, too. */
  readonly #end = new AbortController();
  #running: Promise<void> | undefined;
  #watcher: FSWatcher | undefined;
  /** The folder that is watched: a watcher stays with it when another takes its place. */
  #watched: string | undefined;
  #wake: PromiseWithResolvers<void> = Promise.withResolvers();

  constructor(context: SourceContext<Config>, readers: (rows: BatchBuilder) => (file: RecordFile) => RecordReader) {
    const rows = new BatchBuilder();
    const { lastLine } = context.config;
    const path = resolve(context.folder, context.config.path);
    this.#context = context;
    const changed = (): void => {
      this.#follower.showState();
      // What waited for the journal is read at once.
      this.#wake.resolve();
    };
    this.#writes = new InOrder({ context, end: this.#end.signal, changed });
    this.#follower = new Follower({ context, path, lastLine, rows, writes: this.#writes, createReader: readers(rows) });
  }

  async start(): Promise<void> {
    this.#running = this.#run();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    this.#wake.resolve();
    const timer = setTimeout(() => this.#end.abort(), DRAIN_MS);
    await this.#running;
    await this.#writes.settled();
    clearTimeout(timer);
    this.#watcher?.close();
    await this.#follower.close();
    this.#context.state('stopped');
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      this.#wake = Promise.withResolvers();
      this.#watch();
      const more = await this.#follower.poll(signal);
      if (more || signal.aborted) continue;
      await pause(REST_MS + this.#follower.size * REST_MS_PER_FILE, signal);
      const timer = setTimeout(() => this.#wake.resolve(), this.#context.config.poll / MICROSECONDS_PER_MS);
      if (!signal.aborted) await this.#wake.promise;
      clearTimeout(timer);
    }
  }

  #watch(): void {
    const { folderId } = this.#follower;
    if (this.#watcher && this.#watched === folderId) return;
    this.#watcher?.close();
    this.#watcher = undefined;
    try {
      this.#watched = folderId;
      this.#watcher = watch(this.#follower.folder, { persistent: false });
    } catch (error) {
      // The folder is not there yet, or the system has no more watches: looking now and then is enough.
      this.#context.log.debug({ err: error }, 'the folder is not watched');
      return;
    }
    this.#watcher.on('change', () => this.#wake.resolve());
    this.#watcher.on('error', (error) => {
      this.#context.log.debug({ err: error }, 'the folder is no longer watched');
      this.#watcher?.close();
      this.#watcher = undefined;
    });
  }
}
