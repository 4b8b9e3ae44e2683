import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { until } from '../e2e/until.ts';

interface InjectionOptions {
  /** Processes, with all their threads and what they start. */
  readonly pids: readonly number[];
  /** What strace's `inject` takes: `fsync,fdatasync:error=EIO:when=2+3`. `when` counts for each thread. */
  readonly what: string;
  /** Where the calls that were changed are noted. */
  readonly log: string;
}

/** Makes system calls of running processes fail or wait, from when `start` resolves until `end`. */
export class Injection {
  readonly #child: ChildProcess;
  readonly #log: string;

  private constructor(child: ChildProcess, log: string) {
    this.#child = child;
    this.#log = log;
  }

  static async start({ pids, what, log }: InjectionOptions): Promise<Injection> {
    const calls = what.slice(0, what.indexOf(':'));
    const args = [
      '-f',
      '-o',
      log,
      '-e',
      `trace=${calls}`,
      '-e',
      `inject=${what}`,
      ...pids.flatMap((pid) => ['-p', String(pid)]),
    ];
    const child = spawn('strace', args, { stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
    await until('strace is attached', () => pids.every((pid) => said.includes(`Process ${pid} attached`)), {
      diagnosis: () => said,
    });
    return new Injection(child, log);
  }

  /** Lets the processes go on undisturbed, and tells how many calls were changed. */
  async end(): Promise<number> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const ended = once(this.#child, 'exit');
      this.#child.kill('SIGINT');
      await ended;
    }
    return this.count();
  }

  /** Calls that were changed until now, as far as they are noted. */
  count(): number {
    if (!existsSync(this.#log)) return 0;
    return readFileSync(this.#log, 'utf8').match(/\((?:INJECTED|DELAYED)\)/g)?.length ?? 0;
  }
}
