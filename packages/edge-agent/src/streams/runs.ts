import { Run } from './run.ts';
import type { Slot } from './slot.ts';

/** The runs of a host: mostly one, and while streams catch up some that are behind it. */
export class Runs {
  #runs: Run[] = [];
  /** Counts the turns that they take. */
  #turn = 0;

  add(runs: readonly Run[]): void {
    this.#runs.push(...runs);
  }

  clear(): void {
    this.#runs = [];
  }

  get isEmpty(): boolean {
    return this.#runs.length === 0;
  }

  /** How far all have come. */
  get position(): number {
    return this.#runs.reduce((least, { position }) => Math.min(least, position), Number.MAX_SAFE_INTEGER);
  }

  /** How far the first of them has come; 0 without any. */
  get foremost(): number {
    return this.#runs.reduce((most, { position }) => Math.max(most, position), 0);
  }

  /** All streams in one run. */
  get only(): Run | undefined {
    return this.#runs.length === 1 ? this.#runs[0] : undefined;
  }

  /** Streams that read the journal again, and where. */
  *replaying(): Generator<{ slot: Slot; position: number }> {
    for (const { position, slots } of this.#runs) {
      for (const slot of slots) if (position < slot.through) yield { slot, position };
    }
  }

  /** A run that is not at `newest`; they take turns, so that a long replay keeps none that is ahead of it waiting. */
  next(newest: number): Run | undefined {
    if (this.#runs.length > 1) this.#join();
    const due = this.#runs.filter(({ position }) => position < newest);
    return due[this.#turn++ % due.length];
  }

  /** Runs that have met are one from here on; one that all streams have left is none. */
  #join(): void {
    const met = new Map<number, Run>();
    for (const run of this.#runs) {
      const other = met.get(run.position);
      if (run.slots.size > 0) met.set(run.position, other ? Run.join(other, run) : run);
    }
    this.#runs = [...met.values()];
  }
}
