/*
 * Preloaded (`--import`) into a program under test: on `{ terminate: NAME }` from the parent it ends the thread of that
 * name as a crash would, without a word to it. The program itself is the real one, and knows nothing of this.
 */
import { syncBuiltinESMExports } from 'node:module';
import threads, { isMainThread, Worker, type WorkerOptions } from 'node:worker_threads';

const running = new Map<string, Worker>();

class KnownWorker extends Worker {
  constructor(file: string | URL, options: WorkerOptions = {}) {
    super(file, options);
    const { name } = options;
    if (name === undefined) return;
    running.set(name, this);
    this.once('exit', () => {
      if (running.get(name) === this) running.delete(name);
    });
  }
}

function isOrder(message: unknown): message is { terminate: string } {
  return typeof message === 'object' && message !== null && 'terminate' in message;
}

if (isMainThread) {
  threads.Worker = KnownWorker;
  syncBuiltinESMExports();
  process.on('message', (message: unknown) => {
    if (!isOrder(message)) return;
    const worker = running.get(message.terminate);
    process.send?.({ terminated: worker ? message.terminate : null });
    void worker?.terminate();
  });
  // A parent that dies takes this process with it; the channel alone does not keep it alive.
  process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
  process.channel?.unref();
}
