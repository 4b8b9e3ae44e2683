import type { Plot } from '../scenario.ts';
import { memoryOf, type Watched } from './processes.ts';

const LOOK_MS = 500;

interface Look {
  readonly seconds: number;
  /** Of each process in MB: resident, and resident with what is shared counted in parts. */
  readonly rss: ReadonlyMap<string, number>;
  readonly pss: ReadonlyMap<string, number>;
}

/** What processes hold in memory as time goes on. */
export class MemoryWatch implements Disposable {
  readonly #processes: () => readonly Watched[];
  readonly #began = performance.now();
  readonly #looks: Look[] = [];
  readonly #timer: NodeJS.Timeout;

  /** The processes are asked for at each look, for some are started again. */
  constructor(processes: () => readonly Watched[]) {
    this.#processes = processes;
    this.#look();
    this.#timer = setInterval(() => this.#look(), LOOK_MS);
  }

  /** The highest sum of what some processes held at a time, in MB, shared memory counted once. */
  peakPss(isCounted: (name: string) => boolean): number {
    return Math.max(...this.#looks.map(({ pss }) => sumOf([...pss].filter(([name]) => isCounted(name)))));
  }

  plot(title: string): Plot {
    const names = new Set(this.#looks.flatMap(({ rss }) => [...rss.keys()]));
    const pointsOf = (name: string): [number, number][] =>
      this.#looks.flatMap(({ seconds, rss }): [number, number][] => {
        const megabytes = rss.get(name);
        return megabytes === undefined ? [] : [[seconds, megabytes]];
      });
    return {
      title,
      kind: 'line',
      x: { label: 'seconds' },
      y: { label: 'MB resident' },
      lines: [...names].map((name) => ({ name, points: pointsOf(name) })),
    };
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const memories = this.#processes().flatMap(({ name, pid }) => {
      const memory = memoryOf(pid);
      return memory ? [[name, memory] as const] : [];
    });
    this.#looks.push({
      seconds: (performance.now() - this.#began) / 1000,
      rss: new Map(memories.map(([name, { rss }]) => [name, rss])),
      pss: new Map(memories.map(([name, { pss }]) => [name, pss])),
    });
  }
}

function sumOf(entries: readonly (readonly [string, number])[]): number {
  return entries.reduce((sum, [, value]) => sum + value, 0);
}
