import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { HubClient } from '../../e2e/hub-client.ts';
import type { HonestLatency } from './honest-clients.ts';
import type { HonestAnswer, HonestOrder } from './honest-process.ts';
import { judge, type Judgement } from './judge.ts';

const script = join(import.meta.dirname, 'honest-process.ts');

/** Honest clients in a process of their own. */
export class HonestApart implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #gone: Promise<never>;

  constructor({ url, seed }: { readonly url: string; readonly seed: number }) {
    const args = [script, url, String(seed)];
    // Bit for bit: JSON has no -0.
    this.#child = spawn(process.execPath, args, {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      serialization: 'advanced',
    });
    this.#gone = once(this.#child, 'exit').then(() => {
      throw new Error('honest clients ended: the agent refused good lines, or they failed');
    });
    // It is awaited by whoever asks; when they are ended here nobody does.
    this.#gone.catch(() => undefined);
  }

  /** Acknowledgements since the last time. */
  async latency(): Promise<HonestLatency> {
    const answer = await this.#ask('latency');
    if ('latency' in answer) return answer.latency;
    throw new Error('honest clients have stopped already');
  }

  /** Stops them, and compares their book with what the hub has. */
  async judge(api: HubClient, { drained }: { drained(): Promise<unknown> }): Promise<Judgement> {
    const answer = await this.#ask('stop');
    if (!('acknowledged' in answer)) throw new Error('honest clients gave no book');
    await drained();
    return judge(api, answer.acknowledged);
  }

  async #ask(order: HonestOrder): Promise<HonestAnswer> {
    const answered = new Promise<HonestAnswer>((resolve) => this.#child.once('message', resolve));
    this.#child.send(order);
    return Promise.race([answered, this.#gone]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await ended;
  }
}
