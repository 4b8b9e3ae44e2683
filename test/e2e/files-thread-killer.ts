/*
 * Preloaded (`--import`, by NODE_OPTIONS) into a hub's query process under test: after SIGUSR2 its thread that writes files ends,
 * as a crash would end it, some milliseconds after it is given its next work; then it says so on stderr, which the hub
 * logs. The program itself is the real one, and knows nothing of this.
 */
import { syncBuiltinESMExports } from 'node:module';
import { basename } from 'node:path';
import threads, { isMainThread, Worker, type WorkerOptions } from 'node:worker_threads';

export const ENDED = 'the thread that writes files was ended';
/** A small file takes about as long (ms). */
const LATEST_MS = 12;

let isArmed = false;
let ended = 0;

class DoomedWorker extends Worker {
  readonly #isDoomed: boolean;

  constructor(file: string | URL, options: WorkerOptions = {}) {
    super(file, options);
    this.#isDoomed = options.name === 'files';
  }

  override postMessage(...parameters: Parameters<Worker['postMessage']>): void {
    super.postMessage(...parameters);
    if (!isArmed || !this.#isDoomed) return;
    isArmed = false;
    setTimeout(() => void this.#end(), Math.random() * LATEST_MS);
  }

  /** The hub's log only counts a line that it has just written: each is another. */
  async #end(): Promise<void> {
    await this.terminate();
    console.error(`${ENDED} (${++ended})`);
  }
}

if (isMainThread && basename(process.argv[1] ?? '') === 'query-process.ts') {
  threads.Worker = DoomedWorker;
  syncBuiltinESMExports();
  process.on('SIGUSR2', () => (isArmed = true));
}
