import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { until } from './until.ts';

const root = join(import.meta.dirname, '../..');
const hubScript = join(root, 'packages/cloud-hub/src/cli/sluis-hub.ts');
const agentScript = join(root, 'packages/edge-agent/src/cli/sluis-agent.ts');
const threadKiller = join(import.meta.dirname, 'thread-killer.ts');
const smallTables = join(import.meta.dirname, 'small-tables.ts');

/** A machine that does much else is not a program that hangs. */
const START_MS = 90_000;
/** After this a program that hangs is killed. One that is told to stop ends by a signal of its own after 8 s: what exits with 0 has stopped in order. */
const STOP_MS = 30_000;
const OLD_FIGURES = /are as they were .* s ago$/;
const POLL_MS = 25;
/** Of what a program wrote, the tests keep this many characters. */
const KEPT_OUTPUT = 8 << 20;

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly afterMs: number;
}

const alive = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of alive) child.kill('SIGKILL');
});

export interface ProgramOptions {
  readonly script: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Lets `terminate` end single threads of the program. */
  readonly killable?: boolean;
  /** Modules that are loaded before the program's own. */
  readonly preloads?: readonly string[];
  /** The network namespace that it runs in. */
  readonly namespace?: string;
}

/** A program in a process of its own, which can be started again and again, and does not survive its scope. */
export class Program implements AsyncDisposable {
  readonly #options: ProgramOptions;
  #child: ChildProcess | undefined;
  #ended: Promise<Exit> | undefined;
  stdout = '';
  /** What all its lives wrote there: its log. */
  stderr = '';

  constructor(options: ProgramOptions) {
    this.#options = options;
  }

  get pid(): number {
    const pid = this.#child?.pid;
    if (pid === undefined) throw new Error('the program does not run');
    return pid;
  }

  spawn(): void {
    const { script, args, cwd, env, killable = false, preloads = [], namespace } = this.#options;
    // `ip` becomes the program: the process is the program's own.
    const entering = namespace === undefined ? [] : ['ip', 'netns', 'exec', namespace];
    const modules = killable ? [threadKiller, ...preloads] : preloads;
    const program = [process.execPath, ...modules.flatMap((module) => ['--import', module]), script, ...args];
    const [command, ...rest] = [...entering, ...program];
    const child = spawn(command, rest, {
      cwd,
      env: { ...process.env, NODE_OPTIONS: '', SLUIS_LOG_LEVEL: 'info', ...env },
      stdio: ['ignore', 'pipe', 'pipe', ...(killable ? (['ipc'] as const) : [])],
    });
    alive.add(child);
    const began = performance.now();
    this.#child = child;
    this.#ended = once(child, 'close').then(([code, signal]: unknown[]) => {
      alive.delete(child);
      return {
        code: code as number | null,
        signal: signal as NodeJS.Signals | null,
        afterMs: performance.now() - began,
      };
    });
    child.stdout
      ?.setEncoding('utf8')
      .on('data', (text: string) => (this.stdout = (this.stdout + text).slice(-KEPT_OUTPUT)));
    child.stderr
      ?.setEncoding('utf8')
      .on('data', (text: string) => (this.stderr = (this.stderr + text).slice(-KEPT_OUTPUT)));
  }

  /** Resolves when the program has ended by itself or by a signal. */
  ended(): Promise<Exit> {
    if (!this.#ended) throw new Error('the program was not started');
    return this.#ended;
  }

  /** True until the program has ended. */
  get running(): boolean {
    return this.#child !== undefined && alive.has(this.#child);
  }

  signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal);
  }

  async kill(): Promise<void> {
    this.signal('SIGKILL');
    await this.ended();
  }

  /** Asks it to stop, and kills it if it hangs. */
  async stop(): Promise<Exit> {
    const began = performance.now();
    this.signal('SIGTERM');
    const insist = setTimeout(() => this.signal('SIGKILL'), STOP_MS);
    const exit = await this.ended();
    clearTimeout(insist);
    return { ...exit, afterMs: performance.now() - began };
  }

  /** Ends one thread of the program. False if it has none of that name at the moment. */
  async terminate(thread: string): Promise<boolean> {
    const child = this.#child;
    if (!child?.connected) throw new Error('the program does not run, or was not started killable');
    const answer = once(child, 'message');
    child.send({ terminate: thread });
    const [message] = (await answer) as [{ terminated: string | null }];
    return message.terminated !== null;
  }

  /** Processes that it started (Linux only). */
  children(): number[] {
    const children = readFileSync(`/proc/${this.pid}/task/${this.pid}/children`, 'utf8').trim();
    return children === '' ? [] : children.split(' ').map(Number);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.running) await this.kill();
  }

  /** The log's lines that are JSON. */
  logged(): { level: number; msg: string; [field: string]: unknown }[] {
    return this.stderr
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as { level: number; msg: string });
  }
}

export interface HubOptions {
  /** Its data folder. */
  readonly data: string;
  readonly http: number;
  readonly grpc: number;
  readonly host?: string;
  /** Further arguments of `run`. */
  readonly more?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly killable?: boolean;
  /** Of a hot table; the product's own unless given. */
  readonly rowsPerTable?: number;
}

export class HubProgram extends Program {
  readonly url: string;

  constructor({ data, http, grpc, host, more = [], env, killable, rowsPerTable }: HubOptions) {
    const small = rowsPerTable !== undefined;
    const address = host === undefined ? [] : ['--host', host];
    super({
      script: hubScript,
      args: ['run', '--data', data, '--http', String(http), '--grpc', String(grpc), ...address, ...more],
      cwd: root,
      env: { ...env, ...(small && { SLUIS_TEST_ROWS_PER_TABLE: String(rowsPerTable) }) },
      killable,
      preloads: small ? [smallTables] : [],
    });
    this.url = `http://127.0.0.1:${http}`;
  }

  /** Starts it and waits until it says that it is ready. */
  async start(): Promise<void> {
    this.spawn();
    await until(`the hub is ready at ${this.url}`, () => this.#isReady(), {
      withinMs: START_MS,
      diagnosis: () => this.stderr.slice(-4000),
    });
  }

  async #isReady(): Promise<boolean> {
    if (!this.running) throw new Error('it has ended');
    return (await fetch(`${this.url}/readyz`)).ok;
  }
}

export interface AgentOptions {
  /** Its configuration file. */
  readonly config: string;
  /** Port of its status address, as the configuration has it. */
  readonly status: number;
  /** Of its status; 127.0.0.1 unless given. */
  readonly host?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly killable?: boolean;
  readonly namespace?: string;
}

/** What `GET /status` is promised to have. */
export interface AgentStatus {
  readonly sources: Record<string, { in: number; rejected: number; state: string; [more: string]: unknown }>;
  readonly streams: Record<string, { in: number; out: number; lag: number; state: string }>;
  readonly journal: { samples: number; bytes: number; oldest: number; newest: number } | null;
  readonly outbox: { samples: number; bytes: number } | null;
  readonly uplink: { state: string; acked: number; limit: number | null; held: string | null };
  readonly shed: Record<string, number>;
  readonly problems: readonly string[];
}

export class AgentProgram extends Program {
  readonly statusUrl: string;

  constructor({ config, status, host = '127.0.0.1', env, killable, namespace }: AgentOptions) {
    super({ script: agentScript, args: ['run', '-c', config], cwd: root, env, killable, namespace });
    this.statusUrl = `http://${host}:${status}`;
  }

  /** Starts it and waits until its status shows the journal. */
  async start(): Promise<void> {
    this.spawn();
    await this.ready();
  }

  async ready(): Promise<void> {
    const isReady = async (): Promise<boolean> => {
      if (!this.running) throw new Error('it has ended');
      const { journal, sources } = await this.status();
      return journal !== null && Object.values(sources).every(({ state }) => state !== 'starting');
    };
    await until(`the agent is ready at ${this.statusUrl}`, isReady, {
      withinMs: START_MS,
      diagnosis: () => this.stderr.slice(-4000),
    });
  }

  /** With figures of now: an agent whose threads are kept from answering shows older ones, and says so. */
  async status(): Promise<AgentStatus> {
    for (;;) {
      const response = await fetch(`${this.statusUrl}/status`);
      const status = (await response.json()) as AgentStatus;
      if (!status.problems.some((problem) => OLD_FIGURES.test(problem))) return status;
      await pause(POLL_MS);
    }
  }

  /** Waits until the hub has all that streams make of what is in the journal now. */
  async drained(withinMs = 90_000): Promise<void> {
    const isDrained = async (): Promise<boolean> => {
      const { streams, outbox } = await this.status();
      return outbox?.samples === 0 && Object.values(streams).every(({ lag }) => lag === 0);
    };
    await until('the outbox is empty and no stream lags', isDrained, {
      withinMs,
      diagnosis: () => this.stderr.slice(-4000),
    });
  }
}

/** Runs a command of a program to its end. */
export async function runToEnd(
  which: 'hub' | 'agent',
  args: readonly string[],
  env?: NodeJS.ProcessEnv,
): Promise<Exit & { stdout: string; stderr: string }> {
  await using program = new Program({ script: which === 'hub' ? hubScript : agentScript, args, cwd: root, env });
  program.spawn();
  const insist = setTimeout(() => program.signal('SIGKILL'), START_MS);
  const exit = await program.ended();
  clearTimeout(insist);
  return { ...exit, stdout: program.stdout, stderr: program.stderr };
}
