import type { HubClient } from '../../e2e/hub-client.ts';
import { Machine, postLines, Sent } from '../../e2e/load.ts';
import { Random } from '../../e2e/random.ts';
import { judge, type Judgement } from './judge.ts';
import { quantile } from '../outcome.ts';

const HOUR_MS = 3_600_000;
const STEP = 10_000;
const MACHINES = 4;

export interface HonestOptions {
  /** Of the agent's HTTP source. */
  readonly url: string;
  readonly seed: number;
  readonly clients?: number;
  readonly samplesPerBody?: number;
  readonly restMs?: number;
  /** Tells the series of some clients from those of others. */
  readonly name?: string;
}

/** Of so many acknowledgements, in ms. */
export interface HonestLatency {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
  readonly most: number;
}

/** Clients that post to the agent, each until it is acknowledged, and keep book of what was. */
export class HonestClients implements AsyncDisposable {
  readonly sent = new Sent();
  readonly #stop = new AbortController();
  readonly #running: Promise<unknown>;
  #took: number[] = [];

  constructor({ url, seed, clients = 2, samplesPerBody = 40, restMs = 40, name = 'honest' }: HonestOptions) {
    const random = new Random(seed);
    // An hour ago: no sample is ahead of the agent's clock, however long this takes.
    const start = (Date.now() - HOUR_MS) * 1000;
    const client = (n: number): Promise<void> => {
      const machines = Array.from(
        { length: MACHINES },
        (_, m) => new Machine({ series: `lab/${name}-${n}-${m}/force`, random, start, step: STEP }),
      );
      let turn = 0;
      const next = () => machines[turn++ % MACHINES].next();
      const took = (ms: number) => void this.#took.push(ms);
      return postLines({ url, sent: this.sent, samplesPerBody, restMs, next, took }, this.#stop.signal);
    };
    this.#running = Promise.all(Array.from({ length: clients }, (_, n) => client(n)));
    // It is awaited when they end.
    this.#running.catch(() => undefined);
  }

  /** Acknowledgements since the last time, and how long they took. */
  latency(): HonestLatency {
    const took = this.#took.sort((a, b) => a - b);
    this.#took = [];
    return { count: took.length, p50: quantile(took, 0.5), p99: quantile(took, 0.99), most: quantile(took, 1) };
  }

  /** The last body is acknowledged when this resolves. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  judge(api: HubClient, options?: { withinMs: number }): Promise<Judgement> {
    return judge(api, this.sent.acknowledged, options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
  }
}

/** For people. */
export function inWords({ count, p50, p99, most }: HonestLatency): string {
  if (count === 0) return 'none ended meanwhile';
  return `p50 ${Math.round(p50)}, p99 ${Math.round(p99)}, most ${Math.round(most)} ms`;
}
