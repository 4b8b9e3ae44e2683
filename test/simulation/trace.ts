import { createHash } from 'node:crypto';

/** What happened in one simulation, in order, each with its virtual time. */
export class Trace {
  readonly lines: string[] = [];
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  add(who: string, what: string): void {
    this.lines.push(`${(this.#now() / 1000).toFixed(3).padStart(9)} s  ${who.padEnd(9)} ${what}`);
  }

  /** The same for two runs that did the same at the same times. */
  get hash(): string {
    return createHash('sha256').update(this.lines.join('\n')).digest('hex').slice(0, 16);
  }
}
