import { type ChildProcess, fork } from 'node:child_process';
import { addAbortListener, once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { Agent, type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type Logger, type Running, Supervisor } from '@sluis/runtime';
import { AnswerError } from './answer-error.ts';
import type { LiveQuery, Query, QueryLimits } from './query.ts';
import type { QueryProcessOptions } from './query-process.ts';

export interface QueryClientOptions {
  /** For spilled data and files on their way out. */
  readonly temporary: string;
  readonly limits: QueryLimits;
  readonly log: Logger;
  /** The process listens and knows nothing yet; undefined: it is gone. */
  changed(process: QueryProcess | undefined): void;
}

interface QueryProcess {
  readonly socket: string;
  readonly pid: number | undefined;
  /** Ends it at once; another one is started. */
  kill(): void;
}

/** Threads of the pool beside those that queries hold: for files. */
const SPARE_POOL_THREADS = 4;
const STOP_MS = 2_000;
const START_MS = 5_000;
/** People wait for it, and what it needs to know again is handed to it in a second or two. */
const LONGEST_PAUSE_MS = 2_000;

/** The main thread's side of the query process: starts it, keeps it alive, and hands queries and answers through. */
export class QueryClient implements AsyncDisposable {
  readonly #options: QueryClientOptions;
  readonly #supervisor: Supervisor<QueryProcess>;
  readonly #agent = new Agent({ keepAlive: true });

  constructor(options: QueryClientOptions) {
    this.#options = options;
    this.#supervisor = new Supervisor({
      name: 'query process',
      log: options.log,
      longestPauseMs: LONGEST_PAUSE_MS,
      start: (signal) => this.#startProcess(signal),
      changed: (current) => options.changed(current),
    });
  }

  /** Resolves when queries are answered, or soon: what keeps them from being answered must not keep the hub from storing. */
  start(signal: AbortSignal): Promise<void> {
    return this.#supervisor.startWithin(START_MS, signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#supervisor[Symbol.asyncDispose]();
    this.#agent.destroy();
  }

  get restarts(): number {
    return this.#supervisor.restarts;
  }

  /** Why queries are not answered at the moment, for people; undefined if they are. */
  trouble(): string | undefined {
    if (this.#supervisor.current) return undefined;
    return `the query process is restarting: ${this.#supervisor.failure ?? 'it ended'}`;
  }

  /** Of the process that runs now. */
  get pid(): number | undefined {
    return this.#supervisor.current?.pid;
  }

  /** The process's answer, whatever its status, as a stream; the query ends when `signal` is aborted. */
  ask(query: Query, signal: AbortSignal): Promise<IncomingMessage> {
    return this.#post('/query', query, signal);
  }

  /** Lines of {@link LiveLine} as JSON, until `signal` is aborted or the process ends. */
  follow(query: LiveQuery, signal: AbortSignal): Promise<IncomingMessage> {
    return this.#post('/live', query, signal);
  }

  async #post(path: string, body: Query | LiveQuery, signal: AbortSignal): Promise<IncomingMessage> {
    const current = this.#supervisor.current;
    if (!current) throw restarting(this.#supervisor.failure);
    const outgoing = request({
      socketPath: current.socket,
      path,
      method: 'POST',
      signal,
      // A live stream never gives its connection back.
      agent: path === '/live' ? false : this.#agent,
    });
    outgoing.end(JSON.stringify(body));
    try {
      const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
      return response;
    } catch (error) {
      signal.throwIfAborted();
      throw restarting(describe(error));
    }
  }

  async #startProcess(signal: AbortSignal): Promise<Running<QueryProcess>> {
    const { limits, temporary } = this.#options;
    const folder = await mkdtemp(join(tmpdir(), 'sluis-query-'));
    const socket =
      process.platform === 'win32' ? `\\\\.\\pipe\\${folder.replaceAll(/[\\/:]/g, '-')}` : join(folder, 'socket');
    const child = fork(new URL('./query-process.ts', import.meta.url), {
      execArgv: [],
      env: { ...process.env, UV_THREADPOOL_SIZE: String(limits.concurrent + SPARE_POOL_THREADS) },
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#options.log.warn({ part: 'query process' }, text.trimEnd());
    });
    const { promise: ended, resolve: end } = Promise.withResolvers<string>();
    child.once('error', (error) => end(describe(error)));
    child.once('exit', (code, killedBy) => {
      rm(folder, { recursive: true, force: true }).then(
        () => end(killedBy ? `killed by ${killedBy}` : `exit code ${code}`),
        (error: unknown) => end(describe(error)),
      );
    });
    const options: QueryProcessOptions = { socket, temporary, limits };
    child.send(options);
    using _abandoning = addAbortListener(signal, () => child.kill('SIGKILL'));
    const first = await Promise.race([once(child, 'message').then(() => 'ready' as const), ended]);
    if (first !== 'ready') throw new Error(`it ended before it listened: ${first}`);
    return {
      value: { socket, pid: child.pid, kill: () => void child.kill('SIGKILL') },
      ended,
      stop: () => stopChild(child, ended),
    };
  }
}

/** Asks by closing the channel, which ends the process; insists if it is busy. It keeps nothing that could be lost. */
async function stopChild(child: ChildProcess, ended: Promise<string>): Promise<void> {
  const insist = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
  if (child.connected) child.disconnect();
  await ended;
  clearTimeout(insist);
}

function restarting(reason: string | undefined): AnswerError {
  return new AnswerError({
    status: 503,
    code: 'restarting',
    message: `queries are not answered at the moment: ${reason ?? 'the query process is starting'}`,
    hint: 'ask again in a few seconds; what was stored is safe',
    retryAfterSeconds: 2,
  });
}
