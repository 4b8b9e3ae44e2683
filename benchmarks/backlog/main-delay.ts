import { setTimeout as pause } from 'node:timers/promises';
import { Latencies } from '../measure/latency.ts';

const LOOK_MS = 1_000;

/** How long an agent's main thread leaves others waiting: the p99 since the look before, as its metrics tell it. */
export class MainDelay implements AsyncDisposable {
  readonly latencies = new Latencies();
  readonly #stop = new AbortController();
  readonly #looking: Promise<void>;

  constructor(statusUrl: string) {
    this.#looking = this.#look(`${statusUrl}/metrics`);
    // Thrown where it is waited for.
    this.#looking.catch(() => {});
  }

  /** @throws what a question threw */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#looking;
  }

  /** One question at a time: what is asked while another is under way has nothing to tell. */
  async #look(url: string): Promise<void> {
    // The first only has it begin.
    await p99Of(url);
    do {
      await pause(LOOK_MS);
      this.latencies.add(await p99Of(url));
    } while (!this.#stop.signal.aborted);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await Promise.allSettled([this.#looking]);
  }
}

/** In ms. */
async function p99Of(url: string): Promise<number> {
  const text = await (await fetch(url)).text();
  const p99 = /^nodejs_eventloop_lag_p99_seconds (\S+)$/m.exec(text)?.[1];
  if (p99 === undefined) throw new Error(`${url} tells no delay of the event loop`);
  return Number(p99) * 1000;
}
