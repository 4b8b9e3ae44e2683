import { addAbortListener } from 'node:events';
import { Worker } from 'node:worker_threads';
import {
  connect,
  describe,
  type Logger,
  type Remote,
  type Running,
  Supervisor,
  transfer,
  within,
} from '@sluis/runtime';
import { type DoneWork, type FileLimits, type FileWork, fileWorks } from './compaction-options.ts';
import { Entrance, type Entering, type Within } from './entrance.ts';
import {
  type AgentDefinitions,
  type AgentHello,
  type AgentReport,
  type AgentRow,
  type AgentSegment,
  type DefineOutcome,
  type DroppedSamples,
  type DropReason,
  type IngestStore,
  type SeriesGap,
  type StoreOutcome,
  StoreUnavailableError,
} from './ingest-store.ts';
import { StoreState } from './store-state.ts';
import type { Dropped } from './store.ts';
import type { TierStatus } from './tiers.ts';
import type {
  BallastFailed,
  CompactionTroubled,
  DiskFull,
  FeedFailed,
  FeedStalled,
  FilesDone,
  SomeDropped,
  StoreWorker,
  StoreWorkerData,
  TiersChanged,
} from './store-worker.ts';

/** Segment bytes handed to the worker and not yet committed. */
const MAX_QUEUED_BYTES = 64 << 20;
/**
 * Committed segments that a query process which has once caught up may be behind: it loads 4,700 a second if they are
 * small, 160 of 10,000 samples (two cores), so that a query, which waits 30 s for what was acked before it, sees all.
 */
const MAX_UNLOADED_SEGMENTS = 4096;
/** The same in samples, for what is live; a backlog keeps to what is loaded soon (`UnloadedRows`). */
const MAX_UNLOADED_ROWS = 1_000_000;
/**
 * A backlog may fill so many hot tables: while a full one becomes a file, most of the next. More would come faster than
 * files can be written, and compressing the tables that wait for that would hold up loading for seconds.
 */
const BACKLOG_TABLES = 1.75;
const START_MS = 5_000;
/** Closing in order is given this long: what was acked is on the disk, and what was not is sent again. */
const CLOSE_MS = 2_000;
/** Of a path that may be too long to keep. */
const SAID_CHARACTERS = 80;
const dropTexts: Record<DropReason, string> = {
  'series limit':
    'the hub keeps as many series, or as many bytes of their paths, as it may: samples of further ones are dropped and counted',
  'invalid series':
    'an agent defines a series with a path or unit that cannot be kept: its samples are dropped and counted',
};

type WorkerNews = FeedFailed &
  FeedStalled &
  SomeDropped &
  CompactionTroubled &
  DiskFull &
  BallastFailed &
  FilesDone &
  TiersChanged;

export interface StoreClientOptions {
  readonly directory: string;
  readonly maxSeries: number;
  /** At so many samples in segments no more are taken. */
  readonly maxHotRows: number;
  /** The same in bytes of these segments: texts may be long. */
  readonly maxHotBytes: number;
  /** A query process that has not loaded what it was sent within this time hangs, and is ended. */
  readonly loadMs: number;
  /** Of a hot table: full ones become files. */
  readonly rowsPerTable: number;
  readonly files: FileLimits;
  /** Kept free for what makes space on a full disk. */
  readonly ballastBytes: number;
  readonly log: Logger;
}

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
  readonly #entrance = new Entrance({
    fits: (asked, within) => this.#fits(asked, within),
    now: () => performance.now(),
  });
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
  /** By agent. What was dropped before the hub started is there once the worker is. */
  #dropped = new Map<string, DroppedSamples>();
  readonly #saidDropped = new Set<string>();
  #fed: FedProcess | undefined;
  #caughtUp = false;
  #saidFull = false;
  #ballastFailure: string | undefined;
  /** By lane, why files cannot be written at the moment. */
  readonly #compactionTroubles = new Map<string, string>();
  #compactionFailures = 0;
  readonly #fileWork = new Map<FileWork, { times: number; samplesRemoved: number }>(
    fileWorks.map((work) => [work, { times: 0, samplesRemoved: 0 }]),
  );
  #tiers: readonly TierStatus[] = [];

  constructor(options: StoreClientOptions) {
    this.#options = options;
    this.#supervisor = new Supervisor({
      name: 'store worker',
      log: options.log,
      start: (signal) => this.#startWorker(signal),
      changed: (worker) => {
        this.#caughtUp = false;
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
    this.#caughtUp = false;
    // At once: what the process before had loaded would be taken for this one's, which has then caught up for good.
    this.#state.set('loaded', 0);
    this.#ask((worker) => (process ? worker.feed(process.socket) : worker.starve())).catch(this.#warn);
  }

  /** Outcomes of `store` since the start, and what was stored. */
  get counts(): Readonly<
    Record<
      | 'samples'
      | 'bytes'
      | 'stored'
      | 'repeat'
      | 'checksum'
      | 'malformed'
      | 'undefined-series'
      | 'conflict'
      | 'version',
      number
    >
  > {
    return this.#counts;
  }

  /** Samples of series that are not kept, in the life of each agent. */
  get dropped(): ReadonlyMap<string, DroppedSamples> {
    return this.#dropped;
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

  /** No commit finds space. */
  get diskFull(): boolean {
    return this.#state.get('diskFull') === 1;
  }

  /** Files that count, and what they hold. */
  get files(): { readonly count: number; readonly rows: number; readonly bytes: number } {
    const state = this.#state;
    return { count: state.get('files'), rows: state.get('fileRows'), bytes: state.get('fileBytes') };
  }

  get tiers(): readonly TierStatus[] {
    return this.#tiers;
  }

  /** What was done to files since the start, and how many samples left them by it. */
  get fileWork(): ReadonlyMap<FileWork, { readonly times: number; readonly samplesRemoved: number }> {
    return this.#fileWork;
  }

  /** Why files cannot be written at the moment, for people. */
  get compactionTroubles(): readonly string[] {
    return [...this.#compactionTroubles].map(([lane, reason]) => `${lane}: ${reason}`);
  }

  /** How often files could not be written since the start. */
  get compactionFailures(): number {
    return this.#compactionFailures;
  }

  /** Segment bytes handed to the worker and not yet committed. */
  get queuedBytes(): number {
    return this.#entrance.within.bytes;
  }

  /** Segment bytes that would be taken at once. 0: senders wait. */
  credit(): number {
    return this.#full() ? 0 : Math.max(0, MAX_QUEUED_BYTES - this.queuedBytes);
  }

  get restarts(): number {
    return this.#supervisor.restarts;
  }

  get maxHotRows(): number {
    return this.#options.maxHotRows;
  }

  /** Committed segments that queries do not see yet. */
  get unloaded(): number {
    return this.committed - this.loaded;
  }

  /** Says that the query process has to catch up with what was stored before it started; undefined once it has. */
  loading(): string | undefined {
    if (this.#hasCaughtUp()) return undefined;
    return `${this.loaded} of ${this.committed} segments are loaded`;
  }

  /** Why the store takes nothing at the moment, for people; undefined if it does. */
  trouble(): string | undefined {
    if (!this.#supervisor.current) return `the store worker is restarting: ${this.#supervisor.failure ?? 'it ended'}`;
    if (this.diskFull) return `the disk of ${this.#options.directory} is full: agents wait until there is space`;
    if (this.#isHot()) {
      const reasons = this.compactionTroubles.map((trouble) => `; ${trouble}`);
      const { maxHotRows, maxHotBytes } = this.#options;
      return `the store holds ${this.hotRows} samples, ${this.#state.get('hotBytes')} bytes, that are not in files, its bounds are ${maxHotRows} and ${maxHotBytes}: agents wait${reasons.join('')}`;
    }
    return undefined;
  }

  async #startWorker(signal: AbortSignal): Promise<Running<Remote<StoreWorker>>> {
    const { directory, maxSeries, maxHotRows, maxHotBytes, loadMs, rowsPerTable, files, ballastBytes } = this.#options;
    const workerData: StoreWorkerData = {
      directory,
      maxSeries,
      maxHotRows,
      maxHotBytes,
      loadMs,
      rowsPerTable,
      files,
      ballastBytes,
      state: this.#state.buffer,
    };
    const worker = new Worker(new URL('./store-worker.ts', import.meta.url), { workerData, name: 'store' });
    const remote = connect<StoreWorker>(worker);
    worker.on('message', (message: Partial<WorkerNews>) => {
      if (message.feedFailed !== undefined) this.#warn(message.feedFailed);
      if (message.feedStalled !== undefined) this.#endFed(message.feedStalled);
      if (message.diskFull !== undefined) this.#diskFull(message.diskFull);
      if (message.ballastFailed !== undefined) this.#warnOfBallast(message.ballastFailed);
      if (message.tiers) this.#tiers = message.tiers;
      if (message.filesDone) this.#done(message.filesDone);
      if (message.compaction) this.#compacting(message.compaction);
      for (const dropped of message.dropped ?? []) this.#drop(dropped);
    });
    const { promise: ended, resolve } = Promise.withResolvers<string>();
    worker.once('error', (error) => resolve(describe(error)));
    worker.once('exit', (code) => resolve(`exit code ${code}`));
    using _abandoning = addAbortListener(signal, () => worker.terminate());
    try {
      // Answered once the file is open.
      const agents = await remote.agents();
      this.#dropped = new Map(agents.map(({ id, dropped }) => [id, dropped]));
    } catch (error) {
      await worker.terminate();
      throw new Error(await ended, { cause: error });
    }
    const stop = async (): Promise<void> => {
      try {
        if (!(await within(CLOSE_MS, remote.close()))) {
          this.#options.log.warn({ afterMs: CLOSE_MS }, 'the store did not close in time; the next start recovers it');
        }
      } catch (error) {
        const reason = describe(error);
        this.#options.log.warn({ reason }, 'the store did not close in order; the next start recovers it');
      } finally {
        await worker.terminate();
      }
    };
    return { value: remote, ended, stop };
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

  /** A segment larger than the bound enters alone. */
  #fits({ bytes, live }: Entering, within: Within): boolean {
    if (this.#full() || (!live && this.#holdsBacklog(within))) return false;
    return within.bytes === 0 || within.bytes + bytes <= MAX_QUEUED_BYTES;
  }

  /** A backlog waits for what queries have to load, and for files: what is live finds both with room to spare. */
  #holdsBacklog({ samples }: Within): boolean {
    if (this.#isAheadOf(this.#state.get('unloadedBound'))) return true;
    return this.hotRows + samples > this.#options.rowsPerTable * BACKLOG_TABLES;
  }

  #full(): boolean {
    return this.diskFull || this.#isHot() || this.#isAhead();
  }

  #isHot(): boolean {
    const { maxHotRows: bound, maxHotBytes: byteBound, log } = this.#options;
    const { hotRows } = this;
    const hotBytes = this.#state.get('hotBytes');
    const hot = hotRows >= bound || hotBytes >= byteBound;
    if (hot && !this.#saidFull) {
      // Nothing is wrong yet: where files cannot be written, that is said by itself.
      log.warn({ hotRows, bound, hotBytes, byteBound }, 'the store is full: agents keep what they have');
    }
    // At the bound it is full and not full by turns.
    const halfEmpty = hotRows < bound / 2 && hotBytes < byteBound / 2;
    this.#saidFull = hot || (this.#saidFull && !halfEmpty);
    return hot;
  }

  /** While the query process is rebuilt, segments are taken as ever: SQLite is the truth. Later it must keep up. */
  #isAhead(): boolean {
    return this.#isAheadOf(MAX_UNLOADED_ROWS) || (this.#hasCaughtUp() && this.unloaded > MAX_UNLOADED_SEGMENTS);
  }

  /** What is under way to a commit will be unloaded too. */
  #isAheadOf(rows: number): boolean {
    return this.#hasCaughtUp() && this.#state.get('unloadedRows') + this.#entrance.within.samples > rows;
  }

  #hasCaughtUp(): boolean {
    if (this.unloaded === 0) this.#caughtUp = true;
    return this.#caughtUp;
  }

  #diskFull(diskFull: boolean): void {
    const { log, directory } = this.#options;
    if (diskFull) log.error({ directory }, 'the disk is full: agents keep what they have until there is space');
    else log.info({ directory }, 'the disk has space again: agents are heard');
  }

  #warnOfBallast(reason: string): void {
    const { log, directory } = this.#options;
    // It is tried again each second.
    if (reason === this.#ballastFailure) return;
    this.#ballastFailure = reason;
    log.warn({ directory, reason }, 'the space that is kept for a full disk could not be had or given back');
  }

  #done({ work, samplesRemoved }: DoneWork): void {
    const total = this.#fileWork.get(work) ?? { times: 0, samplesRemoved: 0 };
    this.#fileWork.set(work, {
      times: total.times + 1,
      samplesRemoved: total.samplesRemoved + samplesRemoved,
    });
  }

  /** Each attempt fails with the same reason for hours: it is said once, and counted. */
  #compacting({ lane, reason }: CompactionTroubled['compaction']): void {
    const { log } = this.#options;
    const before = this.#compactionTroubles.get(lane);
    if (reason === undefined) {
      this.#compactionTroubles.delete(lane);
      log.info({ lane }, 'files are written again');
    } else {
      this.#compactionFailures++;
      this.#compactionTroubles.set(lane, reason);
      if (reason !== before) log.warn({ lane, reason }, 'files cannot be written at the moment: it is tried again');
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

  /** Counts what was dropped, and says it once per agent and reason: an agent that defines too many does so often. */
  #drop({ agent, reason, samples, path }: Dropped): void {
    const before = this.#dropped.get(agent);
    if (samples > 0) this.#dropped.set(agent, { ...before, [reason]: (before?.[reason] ?? 0) + samples });
    const key = `${reason} ${agent}`;
    if (this.#saidDropped.has(key)) return;
    this.#saidDropped.add(key);
    const series = path?.slice(0, SAID_CHARACTERS);
    this.#options.log.error({ agent, reason, series }, dropTexts[reason]);
  }

  readonly #warn = (error: unknown): void => {
    this.#options.log.warn(
      { reason: describe(error) },
      'what is stored does not reach the query process at the moment',
    );
  };
}
