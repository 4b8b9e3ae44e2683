import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { FleetOrder, FleetState } from './fleet-process.ts';

const script = join(import.meta.dirname, 'fleet-process.ts');

export interface FleetOptions {
  /** Of the hub, as the agents see it. */
  readonly port: number;
  readonly agents: number;
  readonly processes: number;
  /** The network namespace that they are in. */
  readonly namespace?: string;
}

/** Many agents in a few processes: real uplinks on real sockets, whose samples are theirs to count. */
export class Fleet implements AsyncDisposable {
  readonly #children: readonly ChildProcess[];

  constructor({ port, agents, processes, namespace }: FleetOptions) {
    const each = agents / processes;
    if (!Number.isInteger(each)) throw new Error(`${agents} agents are not the same number in each of ${processes}`);
    const entering = namespace === undefined ? [] : ['ip', 'netns', 'exec', namespace];
    this.#children = Array.from({ length: processes }, (_, i) => {
      const args = [script, `127.0.0.1:${port}`, String(i * each), String(each)];
      const [command, ...rest] = [...entering, process.execPath, ...args];
      return spawn(command, rest, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    });
  }

  /** So many segments of one sample each are to be sent by each agent. */
  append(segments: number): void {
    this.#say({ append: segments });
  }

  async state(): Promise<FleetState> {
    const answers = this.#children.map((child) => once(child, 'message') as Promise<[FleetState]>);
    this.#say('state');
    const states = (await Promise.all(answers)).map(([state]) => state);
    const sum = (key: 'connected' | 'drained' | 'rss'): number => states.reduce((total, one) => total + one[key], 0);
    return {
      connected: sum('connected'),
      drained: sum('drained'),
      appended: states[0].appended,
      connectedAt: states.flatMap(({ connectedAt }) => connectedAt),
      rss: sum('rss'),
    };
  }

  #say(order: FleetOrder): void {
    for (const child of this.#children) child.send(order);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = this.#children.map((child) => child.exitCode ?? once(child, 'exit'));
    for (const child of this.#children) child.kill('SIGKILL');
    await Promise.all(ended);
  }
}
