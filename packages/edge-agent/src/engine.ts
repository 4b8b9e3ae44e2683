import type { Logger, Running } from '@sluis/runtime';
import type { AgentConfig } from './config/schema.ts';
import { hubAddress } from './config/hub-address.ts';
import { EngineThreads } from './engine-threads.ts';
import { type StorageWorker, startStorage } from './log/start-storage.ts';
import type { DiskState, JournalStats, OutboxStats } from './log/log.ts';
import type { PipelineStatus } from './pipeline.ts';
import { startPipelineWorker } from './start-pipeline.ts';
import { LastKnown } from './status/last-known.ts';
import type { Uplink } from './uplink/uplink.ts';
import { version } from './version.ts';

export interface EngineOptions {
  readonly config: AgentConfig;
  /** Of this process: 32 hex digits. */
  readonly instance: string;
  readonly log: Logger;
  /** Ends a start that is not done yet: no part of it is left then. */
  readonly signal: AbortSignal;
  /** Says what the start waits for, for people. */
  waits(reason: string): void;
  /** Threads that have been opened already, if there are some. */
  threads?(): EngineThreads | undefined;
}

/** The parts that carry the data. They start together and end together, so that every restart is the same recovery. */
export interface Engine {
  readonly storage: StorageWorker;
  readonly uplink: Uplink;
  /** What the storage tells of itself: it may wait for the disk. */
  readonly stored: LastKnown<StorageStatus>;
  readonly pipeline: LastKnown<PipelineStatus>;
}

export interface StorageStatus {
  readonly journal: JournalStats;
  readonly outbox: OutboxStats;
  readonly disk: DiskState;
}

/** Storage first, for the pipeline recovers from it; the uplink when there is something to send. */
export async function startEngine(options: EngineOptions): Promise<Running<Engine>> {
  const { config, instance, log, signal } = options;
  const { agent, hub, journal, outbox, sources } = config;
  const address = addressOf(hub.url);
  await using starting = new AsyncDisposableStack();
  const threads = starting.use(options.threads?.() ?? new EngineThreads());
  const storage = await startStorage(
    {
      directory: agent.data,
      journal: {
        quotaBytes: journal.quota,
        hardQuotaBytes: journal.hardQuota,
        keep: journal.keep,
        reserve: Object.values(sources).some(({ whenFull }) => whenFull === 'shed-oldest'),
      },
      outbox: { quotaBytes: outbox.quota, keep: outbox.keep, whenFull: outbox.whenFull },
      log: log.child({ part: 'storage' }),
      thread: threads.storage,
    },
    signal,
  );
  starting.defer(() => storage.stop());
  let uplink: Uplink | undefined;
  const storagePort = await storage.value.connect();
  const pipeline = await startPipelineWorker({
    config,
    instance,
    log,
    signal,
    waits: options.waits,
    thread: threads.pipeline,
    storagePort,
    storageEnded: storage.ended,
    grown: () => uplink?.grown(),
  });
  starting.defer(() => pipeline.stop());
  // Only now, so that its code keeps no processor from what takes samples in; what has been outboxed so far it finds.
  const { Uplink: UplinkOfAgent } = await import('./uplink/uplink.ts');
  signal.throwIfAborted();
  uplink = new UplinkOfAgent({
    address,
    agent: agent.id,
    site: agent.site,
    software: `sluis-agent ${version}`,
    instance,
    bandwidth: hub,
    outbox: storage.value.outbox,
    journal: storage.value.journal,
    log: log.child({ part: 'uplink' }),
    now: () => Date.now() * 1000,
  });
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
  const { journal: stored, outbox: results, disk } = storage.value;
  const value: Engine = {
    storage: storage.value,
    uplink,
    stored: new LastKnown(async () => {
      const [ofJournal, ofOutbox, ofDisk] = await Promise.all([stored.stats(), results.stats(), disk.state()]);
      return { journal: ofJournal, outbox: ofOutbox, disk: ofDisk };
    }),
    pipeline: new LastKnown(() => pipeline.control.status()),
  };
  return { value, ended, stop };
}

function addressOf(url: string): string {
  const parsed = hubAddress(url);
  if ('address' in parsed) return parsed.address;
  throw new Error(parsed.message);
}
