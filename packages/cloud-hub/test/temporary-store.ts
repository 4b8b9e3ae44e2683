import type { Logger } from '@sluis/runtime';
import { createLog } from '@sluis/runtime/create-log';
import { type RunningStore, startStore, type StoreLimits } from '../src/start-store.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** It only ends what hangs: a machine that does much else takes its time. */
const DEADLINE_MS = 90_000;

export interface TemporaryStore extends AsyncDisposable, RunningStore {
  readonly url: string;
  get(path: string): Promise<Response>;
}

/** Says nothing; tests that expect something to be said spy on it. */
export function silentLog(): Logger {
  const log = createLog('test');
  log.level = 'silent';
  return log;
}

/** A store with its query process and HTTP API on a free port; `directory` to continue in one that exists. */
export async function temporaryStore({
  directory,
  limits,
  log = silentLog(),
}: {
  directory?: string;
  limits?: Partial<StoreLimits>;
  log?: Logger;
} = {}): Promise<TemporaryStore> {
  await using stack = new AsyncDisposableStack();
  const path = directory ?? stack.use(temporaryFolder()).path;
  const store = stack.use(
    await startStore({
      directory: path,
      log,
      limits: { memoryMiB: 512, threads: 2, ballastBytes: 1 << 20, ...limits },
    }),
  );
  const url = await store.app.listen({ host: '127.0.0.1', port: 0 });
  const get = (target: string): Promise<Response> => fetch(url + target);
  // On a busy machine a process takes longer to start than a hub waits for it.
  await until(async () => (await get('/readyz')).status === 200);
  const moved = stack.move();
  return {
    ...store,
    url,
    get,
    [Symbol.asyncDispose]: () => moved.disposeAsync(),
  };
}

/** Signals the query process that runs now, or the next one: of none the id would be 0, which is this process and all of its group. */
export async function signalQueryProcess(
  { queries }: TemporaryStore,
  signal: 'SIGKILL' | 'SIGSTOP' = 'SIGKILL',
): Promise<number> {
  const pid = await until(() => queries.pid);
  process.kill(pid, signal);
  return pid;
}

/** Polls until `condition` gives something other than undefined or false. */
export async function until<T>(condition: () => T | Promise<T>): Promise<NonNullable<Exclude<T, false>>> {
  const deadline = performance.now() + DEADLINE_MS;
  for (;;) {
    const value = await condition();
    if (value !== undefined && value !== null && value !== false) return value as NonNullable<Exclude<T, false>>;
    if (performance.now() > deadline) throw new Error(`not within ${DEADLINE_MS} ms: ${condition.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
