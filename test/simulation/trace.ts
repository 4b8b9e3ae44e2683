import { createHash } from 'node:crypto';

/** What happened in one simulation, in order, each with its virtual time. */
export class Trace {
  readonly lines: string[] = [];
  readonly #now: () => number;
  readonly #root: string;

  /** `root`: the folder of all disks, which has another name each time. */
  constructor(now: () => number, root: string) {
    this.#now = now;
    this.#root = root;
  }

  add(who: string, what: string): void {
    this.lines.push(
      `${(this.#now() / 1000).toFixed(3).padStart(9)} s  ${who.padEnd(9)} ${what.replaceAll(this.#root, '')}`,
    );
  }

  /** The same for two runs that did the same at the same times. */
  get hash(): string {
    return createHash('sha256').update(this.lines.join('\n')).digest('hex').slice(0, 16);
  }
}
