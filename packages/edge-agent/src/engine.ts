import { addAbortListener } from 'node:events';
import { extname } from 'node:path';
import { type MessagePort, Worker } from 'node:worker_threads';
import { connect, describe, type Logger, type Running, within } from '@sluis/runtime';
import type { AgentConfig } from './config/schema.ts';
import { hubAddress } from './config/hub-address.ts';
import { type StorageWorker, startStorage } from './log/start-storage.ts';
import type { PipelineStatus } from './pipeline.ts';
import type { FromPipeline, PipelineControl, PipelineWorkerData } from './pipeline-worker.ts';
import { Uplink } from './uplink/uplink.ts';
import { version } from './version.ts';

/** Columns and buffers lie outside the heap; what is young in it is small. */
const YOUNG_GENERATION_MB = 16;

/** What has entered is given this long to be journaled when the agent stops. */
const STOP_MS = 3_000;

export interface EngineOptions {
  readonly config: AgentConfig;
  readonly redacted: readonly string[];
  readonly log: Logger;
  /** Ends a start that is not done yet: no part of it is left then. */
  readonly signal: AbortSignal;
  /** Says what the start waits for, for people. */
  waits(reason: string): void;
}

/** The parts that carry the data. They start together and end together, so that every restart is the same recovery. */
export interface Engine {
  readonly storage: StorageWorker;
  readonly uplink: Uplink;
  pipeline(): Promise<PipelineStatus>;
}

/** Storage first, for the pipeline recovers from it; the uplink when there is something to send. */
export async function startEngine(options: EngineOptions): Promise<Running<Engine>> {
  const { config, log, signal } = options;
  const { agent, hub, journal, outbox } = config;
  const address = addressOf(hub.url);
  await using starting = new AsyncDisposableStack();
  const storage = await startStorage(
    {
      directory: agent.data,
      journal: { quotaBytes: journal.quota, hardQuotaBytes: journal.hardQuota },
      outbox: { quotaBytes: outbox.quota },
      log,
    },
    signal,
  );
  starting.defer(() => storage.stop());
  const uplink = new Uplink({
    address,
    agent: agent.id,
    site: agent.site,
    software: `sluis-agent ${version}`,
    outbox: storage.value.outbox,
    log,
    now: () => Date.now() * 1000,
  });
  const storagePort = await storage.value.connect();
  const pipeline = await startPipelineWorker({
    ...options,
    storagePort,
    storageEnded: storage.ended,
    grown: () => uplink.grown(),
  });
  starting.defer(() => pipeline.stop());
  uplink.start();
  starting.use(uplink);

  const parts = starting.move();
  // A part that was told to stop ends, and the end of a part stops the others: both happen once.
  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> => (stopping ??= parts.disposeAsync());
  const ended = Promise.race([storage.ended, pipeline.ended]).then(async (reason) => {
    await stop();
    return reason;
  });
  return { value: { storage: storage.value, uplink, pipeline: () => pipeline.control.status() }, ended, stop };
}

async function startPipelineWorker({
  config,
  redacted,
  log,
  signal,
  waits,
  storagePort,
  storageEnded,
  grown,
}: EngineOptions & { storagePort: MessagePort; storageEnded: Promise<unknown>; grown(): void }) {
  signal.throwIfAborted();
  const worker = new Worker(new URL(`./pipeline-worker${extname(import.meta.url)}`, import.meta.url), {
    name: 'pipeline',
    workerData: { config, redacted, storagePort } satisfies PipelineWorkerData,
    transferList: [storagePort],
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
  });
  let reason = 'the pipeline worker was stopped';
  worker.on('error', (error: Error) => {
    reason = `the pipeline worker failed: ${error.message}`;
  });
  let started = false;
  worker.on('message', (message: Partial<FromPipeline>) => {
    if (message.grown) grown();
    if (message.waits !== undefined && !started) waits(message.waits);
  });
  const ended = new Promise<string>((resolve) => {
    worker.on('exit', () => resolve(reason));
  });
  const control = connect<PipelineControl>(worker);
  using _abandoning = addAbortListener(signal, () => worker.terminate());
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

function addressOf(url: string): string {
  const parsed = hubAddress(url);
  if ('address' in parsed) return parsed.address;
  throw new Error(parsed.message);
}
