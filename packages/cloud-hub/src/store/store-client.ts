import { describe, type Logger, type Remote, type Running, Supervisor, transfer } from '@sluis/runtime';
import type { FileLimits } from './compaction-options.ts';
import { Entrance } from './entrance.ts';
import {
  type AgentDefinitions,
  type AgentHello,
  type AgentReport,
  type AgentRow,
  type AgentSegment,
  type DefineOutcome,
  type IngestStore,
  type Refused,
  type SeriesGap,
  type StoreOutcome,
  StoreUnavailableError,
} from './ingest-store.ts';
import { startStoreThread } from './store-thread.ts';
import { StoreNews } from './store-news.ts';
import { StoreRoom, type StoreRoomOptions } from './store-room.ts';
import { StoreState } from './store-state.ts';
import type { StoreWorker } from './store-worker.ts';
import type { WorkerNews } from './worker-news.ts';

const START_MS = 5_000;

export interface StoreClientOptions extends StoreRoomOptions {
  readonly directory: string;
  readonly maxSeries: number;
  /** A query process that has not loaded what it was sent within this time hangs, and is ended. */
  readonly loadMs: number;
  readonly files: FileLimits;
  /** Kept free for what makes space on a full disk. */
  readonly ballastBytes: number;
  readonly log: Logger;
}

/** How often `store` came to what since the start, and what was stored. */
export type StoreCounts = Readonly<Record<'samples' | 'bytes' | 'stored' | 'repeat' | Refused['refused'], number>>;

/** A query process to feed. */
export interface FedProcess {
  readonly socket: string;
  kill(): void;
}

/** The main thread's side of the store: hands operations to the worker, keeps it alive, and slows senders to its pace. */
export class StoreClient implements IngestStore, AsyncDisposable {
  readonly #options: StoreClientOptions;
  readonly #state = new StoreState();
  readonly #supervisor: Supervisor<Remote<StoreWorker>>;
  readonly #room: StoreRoom;
  readonly #entrance: Entrance;
  readonly #counts = {
    stored: 0,
    repeat: 0,
    checksum: 0,
    malformed: 0,
    'undefined-series': 0,
    conflict: 0,
    version: 0,
    samples: 0,
    bytes: 0,
  };
  #fed: FedProcess | undefined;
  /** What the worker tells of its work. What was dropped before the hub started is there once the worker is. */
  readonly news: StoreNews;

  constructor(options: StoreClientOptions) {
    this.#options = options;
    this.news = new StoreNews(options);
    const room = new StoreRoom(options, this.#state);
    this.#room = room;
    this.#entrance = new Entrance({
      fits: (asked, within) => room.fits(asked, within),
      now: () => performance.now(),
    });
    this.#supervisor = new Supervisor({
      name: 'store worker',
      log: options.log,
      start: (signal) => this.#startWorker(signal),
      changed: (worker) => {
        room.restarted();
        if (worker && this.#fed) worker.feed(this.#fed.socket).catch(this.#warn);
      },
    });
  }

  /** Resolves when segments are stored, or soon: while the disk keeps them from being stored, the hub says so. */
  start(signal: AbortSignal): Promise<void> {
    return this.#supervisor.startWithin(START_MS, signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#entrance[Symbol.dispose]();
    await this.#supervisor[Symbol.asyncDispose]();
  }

  open(hello: AgentHello): ReturnType<IngestStore['open']> {
    return this.#ask((worker) => worker.open(hello));
  }

  define(definitions: AgentDefinitions): Promise<DefineOutcome> {
    return this.#ask((worker) => worker.define(definitions));
  }

  async store(segment: AgentSegment, signal?: AbortSignal): Promise<StoreOutcome> {
    // Its own memory, so that handing it over copies nothing more; what came in is a view of a larger message.
    const bytes = new Uint8Array(segment.bytes);
    const size = bytes.byteLength;
    const { samples, live = false } = segment;
    const entering = { bytes: size, samples, live };
    await this.#entrance.enter(entering, signal);
    try {
      signal?.throwIfAborted();
      const outcome = await this.#ask((worker) => worker.store(transfer({ ...segment, bytes }, [bytes.buffer])));
      this.#counts[typeof outcome === 'string' ? outcome : outcome.refused]++;
      if (outcome === 'stored') {
        this.#counts.samples += samples;
        this.#counts.bytes += size;
      }
      return outcome;
    } finally {
      this.#entrance.leave(entering);
    }
  }

  report(report: AgentReport): Promise<void> {
    return this.#ask((worker) => worker.report(report));
  }

  connected(agent: string, connected: boolean, now: number): Promise<void> {
    return this.#ask((worker) => worker.connected(agent, connected, now));
  }

  problem(agent: string, problem: string | null): Promise<void> {
    return this.#ask((worker) => worker.problem(agent, problem));
  }

  outboxFound(agent: string, epoch: string): Promise<void> {
    return this.#ask((worker) => worker.outboxFound(agent, epoch));
  }

  /** What will never come and may hold samples of a series; where nothing is missing at all, the worker is not asked. */
  gapsOf({ series, from, to }: { series: string; from: number; to: number }): Promise<SeriesGap[]> {
    if (!this.hasGaps) return Promise.resolve([]);
    return this.#ask((worker) => worker.gapsOf(series, from, to));
  }

  get hasGaps(): boolean {
    return this.#state.get('gaps') === 1;
  }

  agents(): Promise<AgentRow[]> {
    return this.#ask((worker) => worker.agents());
  }

  /** Brings all hot rows into files and all files into as few groups as can be. Rejects with the first thing that fails. */
  compactAll(): Promise<void> {
    return this.#ask((worker) => worker.compactAll());
  }

  /** The query process listens now, and has nothing yet; undefined: it is gone. */
  feed(process: FedProcess | undefined): void {
    this.#fed = process;
    this.#room.restarted();
    // At once: what the process before had loaded would be taken for this one's, which has then caught up for good.
    this.#state.set('loaded', 0);
    this.#ask((worker) => (process ? worker.feed(process.socket) : worker.starve())).catch(this.#warn);
  }

  get counts(): StoreCounts {
    return this.#counts;
  }

  /** Id of the last committed segment: a query that waits until this is loaded sees all that was acked before. */
  get committed(): number {
    return this.#state.get('committed');
  }

  /** Id of the last segment that the query process has loaded. */
  get loaded(): number {
    return this.#state.get('loaded');
  }

  get hotRows(): number {
    return this.#state.get('hotRows');
  }

  get diskFull(): boolean {
    return this.#room.isDiskFull;
  }

  /** Files that count, and what they hold. */
  get files(): { readonly count: number; readonly rows: number; readonly bytes: number } {
    const state = this.#state;
    return { count: state.get('files'), rows: state.get('fileRows'), bytes: state.get('fileBytes') };
  }

  /** Segment bytes handed to the worker and not yet committed. */
  get queuedBytes(): number {
    return this.#entrance.within.bytes;
  }

  /** Segment bytes that would be taken at once. 0: senders wait. */
  credit(): number {
    return this.#room.credit(this.#entrance.within);
  }

  get restarts(): number {
    return this.#supervisor.restarts;
  }

  get maxHotRows(): number {
    return this.#options.maxHotRows;
  }

  /** Committed segments that queries do not see yet. */
  get unloaded(): number {
    return this.#room.unloaded;
  }

  /** Says that the query process has to catch up with what was stored before it started; undefined once it has. */
  loading(): string | undefined {
    if (this.#room.hasCaughtUp) return undefined;
    return `${this.loaded} of ${this.committed} segments are loaded`;
  }

  /** Why the store takes nothing at the moment, for people; undefined if it does. */
  trouble(): string | undefined {
    if (!this.#supervisor.current) return `the store worker is restarting: ${this.#supervisor.failure ?? 'it ended'}`;
    if (this.diskFull) return `the disk of ${this.#options.directory} is full: agents wait until there is space`;
    if (this.#room.isHot) {
      const reasons = this.news.compactionTroubles.map((trouble) => `; ${trouble}`);
      const { maxHotRows, maxHotBytes } = this.#options;
      return `the store holds ${this.hotRows} samples, ${this.#state.get('hotBytes')} bytes, that are not in files, its bounds are ${maxHotRows} and ${maxHotBytes}: agents wait${reasons.join('')}`;
    }
    return undefined;
  }

  async #startWorker(signal: AbortSignal): Promise<Running<Remote<StoreWorker>>> {
    const { directory, maxSeries, maxHotRows, maxHotBytes, loadMs, rowsPerTable, files, ballastBytes, log } =
      this.#options;
    const { running, dropped } = await startStoreThread(
      {
        directory,
        maxSeries,
        maxHotRows,
        maxHotBytes,
        loadMs,
        rowsPerTable,
        files,
        ballastBytes,
        state: this.#state.buffer,
      },
      { signal, heard: (news) => this.#heard(news), log },
    );
    this.news.begun(dropped);
    return running;
  }

  #heard(news: WorkerNews): void {
    if (news.feedFailed !== undefined) this.#warn(news.feedFailed);
    if (news.feedStalled !== undefined) this.#endFed(news.feedStalled);
    this.news.heard(news);
  }

  async #ask<T>(question: (worker: Remote<StoreWorker>) => Promise<T>): Promise<T> {
    const worker = this.#supervisor.current;
    if (!worker) throw new StoreUnavailableError('the store worker is restarting');
    try {
      return await question(worker);
    } catch (cause) {
      throw new StoreUnavailableError('the store failed', { cause });
    }
  }

  /** While a process that hangs is there, nobody loads what is stored, and in the end nothing more is stored. */
  #endFed(socket: string): void {
    if (this.#fed?.socket !== socket) return;
    const { loadMs } = this.#options;
    this.#options.log.error(
      { loadMs },
      'the query process does not load what is stored: it is ended and started again',
    );
    this.#fed.kill();
  }

  readonly #warn = (error: unknown): void => {
    this.#options.log.warn(
      { reason: describe(error) },
      'what is stored does not reach the query process at the moment',
    );
  };
}
