import { mkdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { describe, type Logger } from '@sluis/runtime';
import type { MendedWal } from '@sluis/runtime/mend-wal';
import type { FastifyInstance } from 'fastify';
import { Connections } from './connections.ts';
import { createApp } from './http/app.ts';
import { acceptFollowers } from './live/followers.ts';
import { duckdbMiB, memoryGiven } from './memory.ts';
import type { QueryLimits } from './query/query.ts';
import { QueryClient } from './query/query-client.ts';
import { openDatabase, SCHEMA_VERSION } from './store/database.ts';
import type { FileLimits } from './store/compaction-options.ts';
import type { IngestStore } from './store/ingest-store.ts';
import { StoreClient } from './store/store-client.ts';
import { version } from './version.ts';
import { registerPage } from './web/page.ts';

export interface StoreOptions {
  /** Exists, and is this process's alone. */
  readonly directory: string;
  readonly log: Logger;
  readonly limits?: Partial<StoreLimits>;
  /** Ends a start that is not done yet: no part of it is left then. */
  readonly signal?: AbortSignal;
}

export interface StoreLimits extends QueryLimits, FileLimits {
  /** Samples that SQLite and DuckDB hold together; at the bound agents keep what they have. */
  readonly hotRows: number;
  /** The same in bytes of their segments: texts may be long. */
  readonly hotBytes: number;
  readonly series: number;
  /** A query process that has not loaded a few segments within this time hangs, and is ended. */
  readonly loadMs: number;
  /** That agents may have, and as many that people may have: further ones are closed at once and counted. */
  readonly connections: number;
  /** Kept free for what makes space on a full disk: some commits, and a file that is written again. */
  readonly ballastBytes: number;
}

export interface RunningStore extends AsyncDisposable {
  readonly ingest: IngestStore;
  readonly store: StoreClient;
  readonly queries: QueryClient;
  readonly connections: Connections;
  /** Not listening yet; closed with the rest. */
  readonly app: FastifyInstance;
}

/**
 * A hot row takes a byte or three in its segment, and nothing more until a query reads its table: then 30 in DuckDB, 78 with
 * all its columns, and about 10 once it is compressed, which full tables are beyond 160 MiB. So at the bound, all of it
 * queried, some 250 MB. Full tables become files at some million rows a second: the bound is met only where files cannot
 * be written.
 */
export const defaults: StoreLimits = {
  hotRows: 8_000_000,
  hotBytes: 256 << 20,
  series: 1_000_000,
  loadMs: 60_000,
  connections: 4096,
  ballastBytes: 32 << 20,
  concurrent: 8,
  waiting: 64,
  timeMs: 30_000,
  stallMs: 30_000,
  memoryMiB: duckdbMiB(memoryGiven()),
  // Beside these, each query has the thread that waits for it: the process as a whole leaves a core to all others.
  threads: Math.max(1, Math.min(4, availableParallelism() - 1)),
  rowsPerTable: 1_000_000,
  retention: [],
  maxBytes: Number.MAX_SAFE_INTEGER,
};

/** For what queries spill: whatever is in it is deleted when the hub starts. */
export function temporaryFolder(directory: string): string {
  return join(directory, 'query-temporary');
}

/** A start without an abort. */
const never = new AbortController().signal;

/** Starts what keeps samples and what people read: store → query, live → people. */
export async function startStore({
  directory,
  log,
  limits: chosen = {},
  signal = never,
}: StoreOptions): Promise<RunningStore> {
  const limits = { ...defaults, ...chosen };
  await using starting = new AsyncDisposableStack();
  mkdirSync(directory, { recursive: true });
  requireUsable(directory, log);

  const {
    hotRows: maxHotRows,
    hotBytes: maxHotBytes,
    series: maxSeries,
    loadMs,
    rowsPerTable,
    retention,
    maxBytes,
    ballastBytes,
  } = limits;
  const files = { retention, maxBytes };
  const store = starting.use(
    new StoreClient({ directory, maxSeries, maxHotRows, maxHotBytes, loadMs, rowsPerTable, files, ballastBytes, log }),
  );
  await store.start(signal);
  const queries = starting.use(
    new QueryClient({
      temporary: temporaryFolder(directory),
      limits,
      log,
      changed: (process) => store.feed(process),
    }),
  );
  await queries.start(signal);
  const connections = new Connections(limits.connections);
  const app = await createApp({ store, queries, connections, version, log });
  starting.defer(() => app.close());
  registerPage(app);
  acceptFollowers({ app, store, queries, log });

  const running = starting.move();
  return { ingest: store, store, queries, connections, app, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

/**
 * A database that this version cannot use is said at once, not by a worker that is started again and again. A disk that
 * is full or refuses is what such a worker waits for.
 */
function requireUsable(directory: string, log: Logger): void {
  try {
    const upgraded = (from: number): void =>
      log.info({ directory, from, to: SCHEMA_VERSION }, 'the store is of this version now: an earlier hub refuses it');
    const mended = ({ flipped, damaged, lostFrom }: MendedWal): void => {
      const what = { directory, flipped, damaged, lostFrom };
      if (lostFrom !== undefined) log.error(what, "the WAL of the hub's store is damaged: its newest commits are lost");
      else if (damaged.length > 0) log.error(what, "the WAL of the hub's store is damaged: its commits are kept");
      else log.warn(what, "a bit had flipped in the WAL of the hub's store, which was mended");
    };
    openDatabase(directory, { upgraded, mended }).close();
  } catch (error) {
    const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
    if (!/^(SQLITE_(FULL|IOERR|CANTOPEN)|EIO$)/.test(code)) throw error;
    log.error({ directory, reason: describe(error) }, 'the store cannot be opened at the moment: it is tried again');
  }
}
