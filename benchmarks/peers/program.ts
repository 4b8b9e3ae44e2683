import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { until } from '../../test/e2e/until.ts';

const START_MS = 60_000;
const STOP_MS = 10_000;
/** Characters that are kept of what it logs. */
const KEPT_LOG = 16_384;

export interface ProgramOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** A program of others, in a process of its own that ends with its scope. */
export class Program implements AsyncDisposable {
  readonly #child: ChildProcess;
  #log = '';

  constructor({ command, args, cwd, env }: ProgramOptions) {
    this.#child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => (this.#log = (this.#log + text).slice(-KEPT_LOG)));
    }
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new Error('the program could not be started');
    return this.#child.pid;
  }

  get log(): string {
    return this.#log;
  }

  /** Waits until something listens on a port of this machine. @throws Error the program has ended, or nobody does in time */
  async listens(port: number): Promise<void> {
    const ask = async (): Promise<true | 'ended'> =>
      this.#child.exitCode === null ? isListening(port) : Promise.resolve('ended');
    const answer = await until(`the program listens on ${port}`, ask, {
      withinMs: START_MS,
      diagnosis: () => this.#log,
    });
    if (answer === 'ended') throw new Error(`it ended with ${this.#child.exitCode}: ${this.#log}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.pid === undefined || this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    const insist = setTimeout(() => this.#child.kill('SIGKILL'), STOP_MS);
    await ended;
    clearTimeout(insist);
  }
}

async function isListening(port: number): Promise<true> {
  const socket = connect({ host: '127.0.0.1', port });
  await once(socket, 'connect');
  socket.destroy();
  return true;
}
