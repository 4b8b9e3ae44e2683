import { pause } from '@sluis/runtime';
import type { AgentClient } from './agent-client.ts';
import type { HubClient } from './hub-client.ts';
import type { Ledger } from './ledger.ts';
import type { Point } from './live.ts';
import { Percentiles } from './percentiles.ts';
import type { Picture } from './table.ts';

const LOOK_MS = 500;
const US_PER_MS = 1_000;
/** How much of a new rate enters the shown one: calm, and right within seconds. */
const RATE_WEIGHT = 0.3;

/** A series that machines send. */
export interface Signal {
  readonly path: string;
  readonly unit: string;
}

interface Seen {
  time: number;
  value: Point['value'];
  count: number;
  counted: number;
  rate: number | undefined;
}

export interface ObserverOptions {
  readonly url: string;
  readonly signals: readonly Signal[];
  readonly ledger: Ledger;
  readonly hub: HubClient;
  readonly agent: AgentClient;
  /** µs since 1970, of the clock that machines stamp samples with. */
  now(): number;
}

/** Watches the flow from outside: what is seen live at the hub, and how far agent and hub say they are. */
export class Observer implements AsyncDisposable {
  readonly latency = new Percentiles();
  readonly #options: ObserverOptions;
  readonly #seen: ReadonlyMap<string, Seen>;
  readonly #stop = new AbortController();
  #looking: Promise<void> | undefined;
  #lags: number[] = [];
  #lagMs: number | undefined;
  #journaled: number | undefined;
  #stored: number | undefined;

  constructor(options: ObserverOptions) {
    this.#options = options;
    this.#seen = new Map(
      options.signals.map(({ path }) => [path, { time: 0, value: '', count: 0, counted: 0, rate: undefined }]),
    );
  }

  start(): void {
    this.#looking ??= this.#keepLooking();
  }

  /** Takes a point that has arrived just now. */
  see({ path, time, value }: Point): void {
    const seen = this.#seen.get(path);
    // After a reconnection the latest point comes again.
    if (!seen || time <= seen.time) return;
    const lag = (this.#options.now() - time) / US_PER_MS;
    this.latency.add(lag);
    this.#lags.push(lag);
    seen.time = time;
    seen.value = value;
    seen.count++;
  }

  picture(): Picture {
    const { url, signals, ledger } = this.#options;
    const rows = signals.flatMap(({ path, unit }) => {
      const seen = this.#seen.get(path);
      return seen && seen.count > 0 ? [{ path, unit, value: seen.value, rate: seen.rate ?? 0 }] : [];
    });
    return {
      rows,
      url,
      flow: { sent: ledger.sent, journaled: this.#journaled, stored: this.#stored, lagMs: this.#lagMs },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#looking;
  }

  async #keepLooking(): Promise<void> {
    const { signal } = this.#stop;
    for (let last = performance.now(); !signal.aborted;) {
      await pause(LOOK_MS, signal);
      const elapsed = (performance.now() - last) / 1000;
      last += elapsed * 1000;
      for (const seen of this.#seen.values()) measure(seen, elapsed);
      this.#lagMs = median(this.#lags) ?? this.#lagMs;
      this.#lags = [];
      [this.#journaled, this.#stored] = await Promise.all([this.#askJournaled(), this.#askStored()]);
    }
  }

  async #askJournaled(): Promise<number | undefined> {
    const status = await answered(this.#options.agent.status());
    return status?.journal?.samples;
  }

  async #askStored(): Promise<number | undefined> {
    const series = await answered(this.#options.hub.series());
    return series?.reduce((sum, { path, samples }) => sum + (this.#seen.has(path) ? samples : 0), 0);
  }
}

function measure(seen: Seen, seconds: number): void {
  const rate = (seen.count - seen.counted) / seconds;
  seen.counted = seen.count;
  seen.rate = seen.rate === undefined ? rate : seen.rate + RATE_WEIGHT * (rate - seen.rate);
}

function median(values: number[]): number | undefined {
  return values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
}

/** Undefined while nobody answers: the picture then shows a dash. */
async function answered<T>(question: Promise<T>): Promise<T | undefined> {
  try {
    return await question;
  } catch {
    return undefined;
  }
}
