import { BatchBuilder } from '@sluis/protocol';
import { defineSource, HandOver, seriesId, seriesPath, type Source, type SourceContext } from '@sluis/plugin-sdk';
import { type SimulatorConfig, simulatorConfig } from './config.ts';
import { outline } from './outline.ts';
import { type Group, type Report, pressLine, pressSignals } from './press-line.ts';

const WAKE_MS = 50;
const DRAIN_MS = 2_000;
/** After a longer rest (a suspended machine) the presses do not catch up: they go on from now. */
const LONGEST_REST_US = 10_000_000;

/** A line of presses to try things with: their reports in real time, each sample at the time it was "measured". */
class Simulator implements Source {
  readonly #context: SourceContext<SimulatorConfig>;
  readonly #handOver: HandOver<SimulatorConfig>;
  readonly #rows = new BatchBuilder();
  readonly #ids = new Map<string, number>();
  #line: Iterator<readonly Report[], never, void> | undefined;
  #next: readonly Report[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(context: SourceContext<SimulatorConfig>) {
    this.#context = context;
    this.#handOver = new HandOver({ context, recovered: () => this.#showRunning() });
  }

  async start(): Promise<void> {
    this.#begin();
    this.#timer = setInterval(() => this.#work(), WAKE_MS);
    this.#showRunning();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    const lost = await this.#handOver.drain(DRAIN_MS);
    if (lost > 0) this.#context.reject('stopped before durable', lost);
    this.#context.state('stopped');
  }

  #begin(): void {
    const { seed, presses, rate } = this.#context.config;
    this.#line = pressLine({ seed, presses, rateHz: rate, start: this.#context.now() });
    this.#next = this.#line.next().value;
  }

  /** Hands over what the presses have reported since the last time. */
  #work(): void {
    const now = this.#context.now();
    if (this.#handOver.full || !this.#line) return;
    if (now - this.#next[0].time > LONGEST_REST_US) this.#begin();
    for (; this.#next[0].time <= now && !this.#handOver.full; this.#next = this.#line.next().value) {
      for (const report of this.#next) this.#add(report);
    }
    if (this.#rows.length === 0) return;
    const { bytes } = this.#rows;
    void this.#handOver.add(this.#rows.take(), { bytes, awaited: false });
  }

  #add({ machine, group, time, values }: Report): void {
    for (const [name, value] of Object.entries(values)) {
      const id = this.#id(machine, group, name);
      if (id === undefined) continue;
      if (typeof value === 'number') this.#rows.double(id, time, value);
      else this.#rows.text(id, time, value);
    }
  }

  #id(machine: string, group: Group, name: string): number | undefined {
    const path = seriesPath(this.#context.site, [machine, group, name]);
    const known = this.#ids.get(path);
    if (known !== undefined) return known;
    const units: Readonly<Record<string, string>> = pressSignals[group];
    const id = seriesId(this.#context, path, units[name]);
    if (id !== undefined) this.#ids.set(path, id);
    return id;
  }

  #showRunning(): void {
    const { presses, rate } = this.#context.config;
    this.#context.state('running', `${presses} presses, ${rate} measurements a second each`);
  }
}

/** A simulated press line, for trying a configuration without machines. */
export const simulator = defineSource({
  type: 'simulator',
  version: 1,
  summary: 'A simulated line of presses, to try things with.',
  config: simulatorConfig,
  create: (context) => new Simulator(context),
  outline,
});
