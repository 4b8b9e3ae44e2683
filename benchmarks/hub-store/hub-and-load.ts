import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { LoadDone, LoadOrder } from './samples.ts';

export interface BenchHubOptions {
  readonly data: string;
  /** As `--memory` takes it. */
  readonly memory: string;
  /** For Node, such as --cpu-prof. */
  readonly node: readonly string[];
}

export interface BenchHub extends AsyncDisposable {
  readonly child: ChildProcess;
  readonly url: string;
  readonly grpcPort: number;
}

/** As people run it, on free ports. */
export async function startHub({ data, memory, node }: BenchHubOptions): Promise<BenchHub> {
  const program = join(import.meta.dirname, '../../packages/cloud-hub/src/cli/sluis-hub.ts');
  const ports = ['--http', '0', '--grpc', '0'];
  const settings = ['--memory', memory, '--data', data, '--log-format', 'json'];
  const child = spawn(process.execPath, [...node, program, 'run', ...ports, ...settings], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const { promise, resolve, reject } = Promise.withResolvers<{ url: string; grpc: string }>();
  child.once('exit', (code) => reject(new Error(`the hub ended: ${code}`)));
  createInterface({ input: child.stderr }).on('line', (line) => {
    const entry = JSON.parse(line) as { level: number; url?: string; grpc?: string };
    if (entry.url && entry.grpc) resolve({ url: entry.url, grpc: entry.grpc });
    else if (entry.level > 30) console.error(line);
  });
  const { url, grpc } = await promise;
  return {
    child,
    url,
    grpcPort: Number(new URL(grpc).port),
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM');
      if (child.exitCode === null) await once(child, 'exit');
    },
  };
}

/** The agent that loads the hub. */
export class Load implements AsyncDisposable {
  readonly #child = fork(join(import.meta.dirname, 'send-segments.ts'));

  async order(order: LoadOrder): Promise<LoadDone> {
    this.#child.send(order);
    const ended = once(this.#child, 'exit').then(() => {
      throw new Error('the load ended');
    });
    const [done] = (await Promise.race([once(this.#child, 'message'), ended])) as [LoadDone];
    return done;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.disconnect();
    await once(this.#child, 'exit');
  }
}
