import {
  BatchBuilder,
  type Columns,
  defineSource,
  pause,
  type Reader,
  type Reading,
  reading,
  seriesId,
  seriesPath,
  type SourceContext,
} from '@sluis/plugin-sdk';
import { type SimulatorConfig, simulatorConfig } from './config.ts';
import { outline } from './outline.ts';
import { type Group, type Report, pressLine, pressSignals } from './press-line.ts';

const WAKE_MS = 50;
/** After a longer rest (a suspended machine) the presses do not catch up: they go on from now. */
const LONGEST_REST_US = 10_000_000;
/** Rows that are made in one go: the bound of what waits for the journal is looked at between them. */
const MOST_ROWS = 2 ** 16;

/** A line of presses to try things with: their reports in real time, each sample at the time it was "measured". */
class Presses implements Reader {
  readonly from: string;
  readonly #context: SourceContext<SimulatorConfig>;
  readonly #rows = new BatchBuilder();
  readonly #ids = new Map<string, number>();
  #line: Iterator<readonly Report[], never, void>;
  #next: readonly Report[];

  constructor(context: SourceContext<SimulatorConfig>) {
    const { presses, rate } = context.config;
    this.#context = context;
    this.from = `${presses} presses, ${rate} measurements a second each`;
    this.#line = this.#lineFromNow();
    this.#next = this.#line.next().value;
  }

  async connect(): Promise<void> {}

  async read(signal: AbortSignal): Promise<Reading> {
    for (;;) {
      await pause(WAKE_MS, signal);
      signal.throwIfAborted();
      const rows = this.#reported();
      if (rows.length > 0) return { rows };
    }
  }

  async close(): Promise<void> {}

  #lineFromNow(): Iterator<readonly Report[], never, void> {
    const { seed, presses, rate } = this.#context.config;
    return pressLine({ seed, presses, rateHz: rate, start: this.#context.now() });
  }

  /** What the presses have reported since the last time. */
  #reported(): Columns {
    const now = this.#context.now();
    if (now - this.#next[0].time > LONGEST_REST_US) {
      this.#line = this.#lineFromNow();
      this.#next = this.#line.next().value;
    }
    for (; this.#next[0].time <= now && this.#rows.length < MOST_ROWS; this.#next = this.#line.next().value) {
      for (const report of this.#next) this.#add(report);
    }
    return this.#rows.take();
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
}

/** A simulated press line, for trying a configuration without machines. */
export const simulator = defineSource({
  type: 'simulator',
  version: 1,
  summary: 'A simulated line of presses, to try things with.',
  config: simulatorConfig,
  create: (context) => reading(context, new Presses(context)),
  outline,
});
