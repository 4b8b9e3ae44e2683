import { setTimeout as pause } from 'node:timers/promises';
import type { Plot } from '../scenario.ts';

/** Two looks are at least so far apart: each costs those that are measured an answer. */
const LOOK_MS = 500;
/** Commits and acknowledgements come some times a second: what happens between two looks says little. */
const MEAN_SECONDS = 1;

/** How far each stage has come, as a count since some beginning, by its name for people. */
export type Counts = Readonly<Record<string, number>>;

export interface PlotOptions {
  readonly unit?: string;
  readonly each?: number;
  readonly of?: readonly string[];
}

type Point = readonly [seconds: number, value: number];

interface Look {
  readonly seconds: number;
  readonly counts: Counts;
}

/** How fast stages go as time goes on, from what they have counted at each look. */
export class Pace implements AsyncDisposable {
  readonly #count: () => Promise<Counts>;
  readonly #lookMs: number;
  readonly #stop = new AbortController();
  readonly #began = performance.now();
  readonly #looks: Look[] = [];
  readonly #looking: Promise<void>;

  constructor(count: () => Promise<Counts>, lookMs = LOOK_MS) {
    this.#count = count;
    this.#lookMs = lookMs;
    this.#looking = this.#look();
    // Thrown where it is waited for.
    this.#looking.catch(() => {});
  }

  /** For the points so far. @throws what a question threw */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#looking;
  }

  /** Means of a running second; in `unit`, of which a count has `each`. Of all stages, or of those that are named. */
  rates(title: string, { unit = 'samples', each = 1, of = this.#names() }: PlotOptions = {}): Plot {
    return { ...plotOf(title, `${unit}/s`), lines: of.map((name) => ({ name, points: this.#ratesOf(name, each) })) };
  }

  /** How much has come through each stage: for those that go in leaps. */
  totals(title: string, { unit = 'samples', each = 1, of = this.#names() }: PlotOptions = {}): Plot {
    return { ...plotOf(title, unit), lines: of.map((name) => ({ name, points: this.#totalsOf(name, each) })) };
  }

  #names(): string[] {
    return [...new Set(this.#looks.flatMap(({ counts }) => Object.keys(counts)))];
  }

  #totalsOf(name: string, each: number): Point[] {
    const known = this.#looks.filter(({ counts }) => name in counts);
    return known.map(({ seconds, counts }) => [seconds, counts[name] / each]);
  }

  #ratesOf(name: string, each: number): Point[] {
    const totals = this.#totalsOf(name, each);
    return totals.flatMap(([seconds, total]): Point[] => {
      const before = totals.findLast(([earlier]) => earlier <= seconds - MEAN_SECONDS);
      return before ? [[seconds, (total - before[1]) / (seconds - before[0])]] : [];
    });
  }

  async #look(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const asked = performance.now();
      const counts = await this.#count();
      // Between question and answer: counts are of a moment somewhere in there.
      const seconds = ((asked + performance.now()) / 2 - this.#began) / 1000;
      this.#looks.push({ seconds, counts });
      await pause(this.#lookMs);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await Promise.allSettled([this.#looking]);
  }
}

function plotOf(title: string, label: string): Omit<Plot, 'lines'> {
  return { title, kind: 'line', x: { label: 'seconds' }, y: { label } };
}
