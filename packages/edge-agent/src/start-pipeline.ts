import { addAbortListener } from 'node:events';
import type { MessagePort } from 'node:worker_threads';
import { describe, relayLines, transfer, within } from '@sluis/runtime';
import type { EngineOptions } from './engine.ts';
import type { PipelineThread } from './pipeline-thread.ts';
import type { FromPipeline } from './pipeline-worker.ts';

/** What has entered is given this long to be journaled when the agent stops. */
const STOP_MS = 3_000;

export interface PipelineWorkerOptions extends Omit<EngineOptions, 'threads'> {
  readonly thread: PipelineThread;
  readonly storagePort: MessagePort;
  /** Resolves when the storage behind the port is gone. */
  readonly storageEnded: Promise<unknown>;
  /** The outbox has grown. */
  grown(): void;
}

/**
 * Starts the thread of sources and streams. Its start waits for the storage as long as it takes, and is given up with it:
 * a storage that has ended answers nothing any more.
 */
export async function startPipelineWorker({
  config,
  log,
  signal,
  waits,
  thread: { worker, control, ended },
  storagePort,
  storageEnded,
  grown,
}: PipelineWorkerOptions) {
  let started = false;
  const relay = relayLines(log, 'pipeline');
  worker.on('message', (message: FromPipeline) => {
    if ('grown' in message) grown();
    else if ('logLine' in message) relay(message.logLine);
    else if ('waits' in message && !started) waits(message.waits);
  });
  using _abandoning = addAbortListener(signal, () => worker.terminate());
  const abandon = async (): Promise<void> => {
    await storageEnded;
    if (!started) await worker.terminate();
  };
  void abandon();
  try {
    signal.throwIfAborted();
    await control.start(transfer({ config, logLevel: log.level, storagePort }, [storagePort]));
    started = true;
  } catch (error) {
    await worker.terminate();
    throw error;
  }
  const stop = async (): Promise<void> => {
    const closed = control.close().catch((error: unknown) => {
      log.warn(
        { reason: describe(error) },
        'the pipeline did not close in order; what it had not journaled was not acknowledged',
      );
    });
    // Without a storage nothing more can be journaled: waiting would only prolong the outage.
    await within(STOP_MS, Promise.race([closed, ended, storageEnded]));
    await worker.terminate();
  };
  return { control, ended, stop };
}
