import { setTimeout as pause } from 'node:timers/promises';
import { quantile } from '../outcome.ts';

const REST_MS = 20;
const TIMEOUT_MS = 30_000;

/** Asks a hub again and again whether it is ready, and how long that takes. */
export class Readiness implements AsyncDisposable {
  readonly #took: number[] = [];
  readonly #stop = new AbortController();
  readonly #asking: Promise<void>;
  #failed = 0;

  constructor(url: string) {
    this.#asking = this.#ask(`${url}/readyz`);
  }

  /** What it was until now, for people. */
  async inWords(): Promise<string> {
    await this[Symbol.asyncDispose]();
    const sorted = this.#took.sort((a, b) => a - b);
    const [p50, p99, most] = [0.5, 0.99, 1].map((share) => Math.round(quantile(sorted, share)));
    const failed = this.#failed > 0 ? `, ${this.#failed} of ${sorted.length} not ready` : '';
    return `p50 ${p50}, p99 ${p99}, most ${most} ms${failed}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#asking;
  }

  async #ask(url: string): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const began = performance.now();
      try {
        const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
        await response.arrayBuffer();
        if (!response.ok) this.#failed++;
      } catch {
        // Counted: whoever looks at the hub sees no more than that it did not answer.
        this.#failed++;
      }
      this.#took.push(performance.now() - began);
      await pause(REST_MS);
    }
  }
}
