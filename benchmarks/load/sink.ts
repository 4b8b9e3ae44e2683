import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { Latencies } from '../measure/latency.ts';
import { CpuSeconds, peakOf } from './processes.ts';

/** The program of `line-sink.ts`, in a process of its own. */
export class LineSink implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly port: number;
  #durable = 0;
  /** How old lines were when they were durable: one of each chunk. */
  readonly latencies = new Latencies();

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.port = port;
    child.on('message', ({ durable, ages }: { durable: number; ages: number[] }) => {
      this.#durable = durable;
      for (const ms of ages) this.latencies.add(ms);
    });
  }

  static async start(file: string): Promise<LineSink> {
    const child = fork(join(import.meta.dirname, 'line-sink.ts'), [file], { execArgv: [] });
    const [{ port }] = (await once(child, 'message')) as [{ port: number }];
    return new LineSink(child, port);
  }

  /** Waits until so many lines are on the disk. */
  async durable(lines: number): Promise<void> {
    while (this.#durable < lines) await once(this.#child, 'message');
  }

  /** The most that it has had resident, in MB. */
  get peak(): number {
    return peakOf(this.#child.pid ?? 0);
  }

  /** Used so far. */
  cpuSeconds(): number {
    return CpuSeconds.of([{ name: 'sink', pid: this.#child.pid ?? 0 }]).total();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL');
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, 'exit');
  }
}
