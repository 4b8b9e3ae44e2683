import type { Log, Source } from '@sluis/plugin-sdk';
import type { RelayedLog } from '@sluis/runtime';
import type { AgentConfig } from './config/schema.ts';
import { AnnouncedOutbox, type ResultsWait } from './announced-outbox.ts';
import { createClock } from './clock.ts';
import { Intake } from './intake/intake.ts';
import { LimitedSeries } from './intake/limited-series.ts';
import { addedSeries, SourcePort } from './intake/source-port.ts';
import { SourceSeries } from './intake/source-series.ts';
import type { StorageClient } from './log/client.ts';
import { rememberedSamples } from './log/disk-limits.ts';
import { createSource } from './sources/index.ts';
import type { SourceStatus, StreamStatus } from './status/agent-status.ts';
import { StreamHost } from './streams/host.ts';

/** The agent's clock goes into the journal this often. */
const TICK_MS = 1_000;
/** Streams save their state each time they have read so much of the journal: what is newer is not released. */
const MAX_SNAPSHOT_BYTES = 64 << 20;
const SNAPSHOT_SHARE = 1 / 8;

export interface PipelineOptions {
  readonly config: AgentConfig;
  readonly storage: StorageClient;
  readonly log: RelayedLog;
  /** Called after results were committed to the outbox. */
  grown(): void;
  /** Says what the start waits for, for people. */
  waits(reason: string): void;
}

export interface PipelineStatus {
  readonly sources: Readonly<Record<string, SourceStatus>>;
  readonly streams: Readonly<Record<string, StreamStatus>>;
  /** What keeps results from the outbox, null if nothing does. */
  readonly wait: ResultsWait | null;
}

/** source ─▶ intake ─▶ journal ─▶ streams ─▶ outbox, in one thread; the two logs are the storage worker's. */
export class Pipeline implements AsyncDisposable {
  readonly #ports: readonly SourcePort<unknown>[];
  readonly #sources: readonly Source[];
  readonly #intake: Intake;
  readonly #streams: StreamHost;
  readonly #outbox: AnnouncedOutbox;
  readonly #ticking: NodeJS.Timeout;

  private constructor(parts: {
    ports: readonly SourcePort<unknown>[];
    sources: readonly Source[];
    intake: Intake;
    streams: StreamHost;
    outbox: AnnouncedOutbox;
    ticking: NodeJS.Timeout;
  }) {
    this.#ports = parts.ports;
    this.#sources = parts.sources;
    this.#intake = parts.intake;
    this.#streams = parts.streams;
    this.#outbox = parts.outbox;
    this.#ticking = parts.ticking;
  }

  static async start({ config, storage, log, grown, waits }: PipelineOptions): Promise<Pipeline> {
    const { agent, limits } = config;
    const now = createClock();
    const { definitions, cursors } = await storage.journal.state();
    // As the disk allows it, which may be less than what is configured.
    const { quotaBytes } = await storage.journal.stats();
    const series = new LimitedSeries(definitions, limits);

    const shedding = Object.keys(config.sources).filter((name) => config.sources[name].whenFull === 'shed-oldest');
    const outbox = new AnnouncedOutbox({ outbox: storage.outbox, grown, now });
    const streams = new StreamHost({
      shedding,
      streams: config.streams,
      series,
      ...storage,
      outbox,
      skew: agent.skew,
      seriesLimit: limits.series,
      pathsLimit: limits.paths,
      snapshotBytes: Math.min(MAX_SNAPSHOT_BYTES, quotaBytes * SNAPSHOT_SHARE),
      remembered: rememberedSamples(quotaBytes),
      log: telling(log, waits),
    });
    await streams.start();

    const committed = streams.committed.bind(streams);
    const intake = new Intake({
      journal: storage.journal,
      series,
      durableSeries: series.size,
      now,
      committed,
      shedding: new Set(shedding),
      forsake: (bytes) => streams.forsake(bytes),
      makeRoom: (bytes) => streams.makeRoom(bytes),
    });

    const ports = Object.entries(config.sources).map(([name, { type, config: sourceConfig, maxSeries }]) => {
      const sourceLog = log.child({ source: name, type });
      const own = cursors.filter(({ source }) => source === name).map(({ key, value }) => [key, value] as const);
      const limit = { source: name, all: series, added: addedSeries(own) };
      return new SourcePort({
        name,
        site: agent.site,
        agent: agent.id,
        config: sourceConfig,
        folder: config.folder,
        series: maxSeries === undefined ? series : new SourceSeries({ ...limit, most: maxSeries }),
        intake,
        log: sourceLog,
        cursors: own,
        now,
      });
    });
    const sources = ports.map((port) => createSource(config.sources[port.name].type, port));
    await Promise.all(sources.map((source) => source.start()));
    const ticking = setInterval(() => intake.tick(), TICK_MS);
    return new Pipeline({ ports, sources, intake, streams, outbox, ticking });
  }

  status(): PipelineStatus {
    return {
      sources: Object.fromEntries(this.#ports.map((port) => [port.name, port.status()])),
      streams: this.#streams.status,
      wait: this.#outbox.wait,
    };
  }

  /** Against the flow's direction: nothing enters any more, what has entered is journaled, what is finished is outboxed. */
  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#ticking);
    await Promise.all(this.#sources.map((source) => source[Symbol.asyncDispose]()));
    await this.#intake[Symbol.asyncDispose]();
    await this.#streams[Symbol.asyncDispose]();
  }
}

/** A log that tells what it warns of: streams warn of what keeps them waiting. */
function telling(log: RelayedLog, tell: (text: string) => void): Log {
  return {
    debug: log.debug,
    info: log.info,
    warn: (fields, text) => {
      tell(text);
      log.warn(fields, text);
    },
    error: log.error,
  };
}
