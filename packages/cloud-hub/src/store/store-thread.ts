import { addAbortListener } from 'node:events';
import { Worker } from 'node:worker_threads';
import { connect, describe, type Logger, type Remote, type Running, within } from '@sluis/runtime';
import type { DroppedSamples } from './ingest-store.ts';
import type { StoreWorker, StoreWorkerData } from './store-worker.ts';
import type { WorkerNews } from './worker-news.ts';

/** Closing in order is given this long: what was acked is on the disk, and what was not is sent again. */
const CLOSE_MS = 2_000;

/** Starts the thread that owns the store's file; resolves once the file is open, with what it says was dropped, by agent. */
export async function startStoreThread(
  workerData: StoreWorkerData,
  { signal, heard, log }: { signal: AbortSignal; heard(news: WorkerNews): void; log: Logger },
): Promise<{ running: Running<Remote<StoreWorker>>; dropped: Map<string, DroppedSamples> }> {
  const worker = new Worker(new URL('./store-worker.ts', import.meta.url), { workerData, name: 'store' });
  const remote = connect<StoreWorker>(worker);
  worker.on('message', heard);
  const { promise: ended, resolve } = Promise.withResolvers<string>();
  worker.once('error', (error) => resolve(describe(error)));
  worker.once('exit', (code) => resolve(`exit code ${code}`));
  using _abandoning = addAbortListener(signal, () => worker.terminate());
  const stop = async (): Promise<void> => {
    try {
      if (!(await within(CLOSE_MS, remote.close()))) {
        log.warn({ afterMs: CLOSE_MS }, 'the store did not close in time; the next start recovers it');
      }
    } catch (error) {
      log.warn({ reason: describe(error) }, 'the store did not close in order; the next start recovers it');
    } finally {
      await worker.terminate();
    }
  };
  try {
    const agents = await remote.agents();
    const dropped = new Map(agents.map((agent) => [agent.id, agent.dropped]));
    return { running: { value: remote, ended, stop }, dropped };
  } catch (error) {
    await worker.terminate();
    throw new Error(await ended, { cause: error });
  }
}
