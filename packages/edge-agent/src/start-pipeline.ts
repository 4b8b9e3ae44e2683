import { addAbortListener } from 'node:events';
import { extname } from 'node:path';
import { type MessagePort, Worker } from 'node:worker_threads';
import { connect, describe, relayLines, within } from '@sluis/runtime';
import type { EngineOptions } from './engine.ts';
import type { FromPipeline, PipelineControl, PipelineWorkerData } from './pipeline-worker.ts';

/** Columns and buffers lie outside the heap; what is young in it is small. */
const YOUNG_GENERATION_MB = 6;

/** What has entered is given this long to be journaled when the agent stops. */
const STOP_MS = 3_000;

export interface PipelineWorkerOptions extends EngineOptions {
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
  storagePort,
  storageEnded,
  grown,
}: PipelineWorkerOptions) {
  signal.throwIfAborted();
  const worker = new Worker(new URL(`./pipeline-worker${extname(import.meta.url)}`, import.meta.url), {
    name: 'pipeline',
    workerData: { config, logLevel: log.level, storagePort } satisfies PipelineWorkerData,
    transferList: [storagePort],
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
  });
  let reason = 'the pipeline worker was stopped';
  worker.on('error', (error: Error) => {
    reason = `the pipeline worker failed: ${error.message}`;
  });
  let started = false;
  const relay = relayLines(log, 'pipeline');
  worker.on('message', (message: FromPipeline) => {
    if ('grown' in message) grown();
    else if ('logLine' in message) relay(message.logLine);
    else if ('waits' in message && !started) waits(message.waits);
  });
  const ended = new Promise<string>((resolve) => {
    worker.on('exit', () => resolve(reason));
  });
  const control = connect<PipelineControl>(worker);
  using _abandoning = addAbortListener(signal, () => worker.terminate());
  const abandon = async (): Promise<void> => {
    await storageEnded;
    if (!started) await worker.terminate();
  };
  void abandon();
  try {
    await control.start();
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
