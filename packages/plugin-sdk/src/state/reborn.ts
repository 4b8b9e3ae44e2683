import { SeriesTable } from '@sluis/protocol';
import type { State } from '../state.ts';
import { OperatorState } from './operator-state.ts';

/*
 * For tests: a part of state that is snapshotted and restored, whenever a test wants, where series have other ids. The
 * test names series by numbers that stay.
 */
export class Reborn<Part> {
  readonly #declare: (state: State) => Part;
  #state: OperatorState;
  #table: SeriesTable;
  part: Part;

  constructor(declare: (state: State) => Part) {
    this.#declare = declare;
    this.#table = new SeriesTable();
    this.#state = new OperatorState(this.#table);
    this.part = declare(this.#state);
  }

  id(series: number): number {
    return this.#table.intern(`lab/${series}`);
  }

  series(id: number): number {
    return Number(this.#table.path(id).slice('lab/'.length));
  }

  /** Goes on from a snapshot, in a table that defines `first`, and then what the snapshot has. */
  restore(first: readonly number[]): void {
    const image = structuredClone(this.#state.snapshot());
    this.#table = new SeriesTable();
    for (const series of first) this.id(series);
    this.#state = new OperatorState(this.#table);
    this.#state.restore(image);
    this.part = this.#declare(this.#state);
  }
}
