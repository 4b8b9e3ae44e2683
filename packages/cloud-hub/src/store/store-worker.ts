import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { describe, serve } from '@sluis/runtime';
import { Feed } from '../query/feed.ts';
import { Compaction } from './compaction.ts';
import type { FileLimits } from './compaction-options.ts';
import { GROUPS_PER_MERGE, MAX_GROUP_ROWS } from './compaction-plan.ts';
import { Ballast, ballastBytesFor } from './ballast.ts';
import { openDatabase, samplesFolder } from './database.ts';
import { isDiskFull, leavesFileInDoubt } from './disk-fault.ts';
import { GroupCommit } from './group-commit.ts';
import type { AgentDefinitions, AgentHello, AgentReport, AgentSegment } from './ingest-store.ts';
import { bytesOf, rowsIn } from './sample-files.ts';
import { SamplesFolder } from './samples-folder.ts';
import { Store } from './store.ts';
import { StoreState } from './store-state.ts';
import { tiersOf } from './tiers.ts';
import { UnloadedRows } from './unloaded-rows.ts';
import type { WorkerNews } from './worker-news.ts';

export interface StoreWorkerData {
  readonly directory: string;
  readonly maxSeries: number;
  readonly loadMs: number;
  readonly rowsPerTable: number;
  readonly maxHotRows: number;
  readonly maxHotBytes: number;
  readonly files: FileLimits;
  readonly ballastBytes: number;
  readonly state: SharedArrayBuffer;
}

/** A merge sorts so many rows at once: within its memory, which takes a third of the time that sorting on the disk does. */
const ROWS_PER_FILE = 1_000_000;
const LIFE_BYTES = 4;

/** How often a full disk is looked at. */
const PROBE_MS = 1_000;

/** EX_IOERR of sysexits.h: the thread's, which is started again. */
const EXIT_STORAGE = 74;

/** What the store worker does for the main thread. */
export type StoreWorker = Awaited<ReturnType<typeof start>>;

/**
 * The thread that owns the store's file: whatever is asked joins the next group commit, what was committed goes to the
 * query process.
 */
async function start(
  {
    directory,
    maxSeries,
    loadMs,
    rowsPerTable,
    maxHotRows,
    maxHotBytes,
    files,
    ballastBytes,
    state: buffer,
  }: StoreWorkerData,
  port: MessagePort,
) {
  mkdirSync(directory, { recursive: true });
  const ballast = new Ballast({ folder: directory, bytes: await ballastBytesFor(directory, ballastBytes) });
  const hadSpace = await ballast.fits();
  const store = new Store({ database: openDatabase(directory), maxSeries });
  const state = new StoreState(buffer);
  const tell = (news: WorkerNews): void => port.postMessage(news);
  const unloaded = new UnloadedRows();
  const publishUnloaded = (): void => {
    state.set('unloadedRows', unloaded.count);
    state.set('unloadedBound', unloaded.bound);
  };
  /** Segments of which it is known that they have rotted: no more than the answers name. */
  const toldDamaged = new Set<number>();
  const feed = new Feed({
    source: store,
    loadMs,
    maxRows: maxHotRows + rowsPerTable,
    answered(answer, generation) {
      unloaded.loaded(answer.loaded, performance.now());
      publishUnloaded();
      state.set('loaded', answer.loaded);
      for (const id of answer.damaged) {
        if (toldDamaged.has(id)) continue;
        toldDamaged.add(id);
        // A commit that fails is seen to where it is made; the next query process finds the segment again.
        commits.add(() => store.segmentDamaged(id)).catch(() => toldDamaged.delete(id));
      }
      compaction.answered(answer, generation);
    },
    drained: () => compaction.drained(),
    detached: () => compaction.detached(),
    failed: (reason) => tell({ feedFailed: reason }),
    stalled: (socket) => tell({ feedStalled: socket }),
  });
  const publish = (): void => {
    state.set('committed', store.lastSegment);
    state.set('hotRows', store.hotRows);
    state.set('hotBytes', store.hotBytes);
    state.set('gaps', store.hasGaps ? 1 : 0);
  };
  const rules = { hotRows: rowsPerTable, fanIn: GROUPS_PER_MERGE, maxGroupRows: MAX_GROUP_ROWS };
  const publishFiles = (): void => {
    const { files } = store.fileView();
    state.set('files', files.length);
    state.set('fileRows', rowsIn(files));
    state.set('fileBytes', bytesOf(files));
    tell({ tiers: tiersOf(files, rules) });
  };
  const folder = new SamplesFolder(samplesFolder(directory));
  let probing: NodeJS.Timeout | undefined;
  const saidBallast = (error: unknown): void => tell({ ballastFailed: describe(error) });
  /** Nobody sends anything to a store that has no space: it finds out by itself when there is some again. */
  const probe = async (): Promise<void> => {
    store.shrink();
    if (!(await ballast.make())) return;
    // Where it is not space that is lacking, this fails as any other would.
    await commits.add(() => store.probe());
    setDiskFull(false);
  };
  const setDiskFull = (diskFull: boolean): void => {
    if (diskFull === (probing !== undefined)) return;
    clearInterval(probing);
    probing = diskFull ? setInterval(() => void probe().catch(saidBallast), PROBE_MS) : undefined;
    state.set('diskFull', diskFull ? 1 : 0);
    tell({ diskFull });
    if (diskFull) ballast.letGo().then(() => compaction.diskFull(), saidBallast);
  };
  /** What agents send must not take the space that was kept. */
  const whenSpace = <T>(work: () => T, bytes?: number): Promise<T> =>
    commits.add(() => {
      if (probing) throw new Error('the disk is full');
      return work();
    }, bytes);
  const commits = new GroupCommit({
    attempt: (work) => store.attempt(work),
    commit(work) {
      try {
        const { segments, dropped } = store.commit(work);
        publish();
        if (dropped.length > 0) tell({ dropped });
        unloaded.committed(segments, performance.now());
        publishUnloaded();
        feed.committed(segments);
      } catch (error) {
        if (isDiskFull(error)) setDiskFull(true);
        if (leavesFileInDoubt(error)) setImmediate(() => process.exit(EXIT_STORAGE));
        throw error;
      }
    },
  });
  const compaction = new Compaction({
    store,
    commit: (work) => commits.add(work),
    folder,
    writer: feed,
    life: randomBytes(LIFE_BYTES).toString('hex'),
    rules,
    limits: files,
    maxHotRows,
    maxHotBytes,
    rowsPerFile: ROWS_PER_FILE,
    now: () => Date.now() * 1000,
    isDiskFull: () => probing !== undefined,
    published() {
      publishFiles();
      feed.viewChanged();
    },
    done: (filesDone) => tell({ filesDone }),
    troubled: (lane, reason) => tell({ compaction: { lane, reason } }),
  });
  state.set('diskFull', 0);
  publish();
  publishUnloaded();
  publishFiles();
  await compaction.start();
  if (!hadSpace) setDiskFull(true);
  else ballast.make().catch(saidBallast);

  return {
    open: (hello: AgentHello) => whenSpace(() => store.open(hello)),
    define: (definitions: AgentDefinitions) => whenSpace(() => store.define(definitions)),
    store: (segment: AgentSegment) => whenSpace(() => store.store(segment), segment.bytes.byteLength),
    report: (report: AgentReport) => whenSpace(() => store.report(report)),
    connected: (agent: string, connected: boolean, now: number) =>
      whenSpace(() => store.connected(agent, connected, now)),
    problem: (agent: string, problem: string | null) => store.problem(agent, problem),
    outboxFound: (agent: string, epoch: string) => whenSpace(() => store.outboxFound(agent, epoch)),
    gapsOf: (path: string, from: number, to: number) => store.gapsOf(path, from, to),
    agents: () => store.agents(),
    /** Feeds the query process that listens on this socket. */
    feed: (socket: string) => feed.attach(socket),
    /** There is no query process at the moment. */
    starve: () => feed.detach(),
    /** Brings all hot rows into files and all files into as few groups as can be. */
    compactAll: () => compaction.compactAll(),
    /** Commits what was asked before, and lets go of the file. */
    async close(): Promise<void> {
      clearInterval(probing);
      await compaction[Symbol.asyncDispose]();
      await feed.detach();
      await commits.add(() => undefined);
      store[Symbol.dispose]();
    },
  };
}

if (!parentPort) throw new Error('this module runs as a worker');
serve(parentPort, await start(workerData as StoreWorkerData, parentPort));
