import { pause } from '@sluis/runtime';
import type { AgentClient } from './agent-client.ts';
import type { HubClient } from './hub-client.ts';
import type { Ledger } from './ledger.ts';
import type { Point } from './live.ts';
import { Percentiles } from './percentiles.ts';
import type { Picture } from './table.ts';

const LOOK_MS = 500;
const US_PER_MS = 1_000;
/** A rate is measured over the last so many looks: calm, and right within seconds. */
const RATE_LOOKS = 6;

/** A series that machines send. */
export interface Signal {
  readonly path: string;
  readonly unit: string;
}

interface Seen {
  time: number;
  value: Point['value'];
  count: number;
  /** What the count was at the last looks since there was something to count. */
  readonly looks: { readonly at: number; readonly count: number }[];
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
    this.#seen = new Map(options.signals.map(({ path }) => [path, { time: 0, value: '', count: 0, looks: [] }]));
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
      return seen && seen.count > 0 ? [{ path, unit, value: seen.value, rate: rateOf(seen) }] : [];
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
    while (!signal.aborted) {
      await pause(LOOK_MS, signal);
      for (const seen of this.#seen.values()) look(seen, performance.now());
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

function look({ count, looks }: Seen, at: number): void {
  if (count > 0) looks.push({ at, count });
  if (looks.length > RATE_LOOKS) looks.shift();
}

/** Samples a second; 0 until two looks tell. */
function rateOf({ looks }: Seen): number {
  const [first, last] = [looks[0], looks.at(-1)];
  return first && last && last.at > first.at ? ((last.count - first.count) * 1000) / (last.at - first.at) : 0;
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
