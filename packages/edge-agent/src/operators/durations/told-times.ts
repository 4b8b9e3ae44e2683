import { BatchBuilder, type Columns, noRows, type OperatorContext, Quality, type RowTable } from '@sluis/plugin-sdk';
import { type HeldTimes, NONE } from './held-times.ts';
import type { StateNames } from './state-names.ts';

const MICROSECONDS = 1_000_000;
const MAX_REVISION = 0xffff;

/** What is emitted of times that are held: first with their window, and again, at most once per tick, where they change after that. */
export class ToldTimes {
  readonly #times: HeldTimes;
  readonly #names: StateNames;
  /** Times in closed windows that changed since the last tick, in order of the change. */
  readonly #changed: RowTable<'start' | 'state'>;
  readonly #results = new BatchBuilder();

  constructor({ state }: OperatorContext<unknown>, times: HeldTimes, names: StateNames) {
    this.#times = times;
    this.#names = names;
    this.#changed = state.rows('changed', ['start', 'state']);
  }

  /** A window that begins at `start`: each of these states, also those that the series was not in. */
  emitWindow(id: number, start: number, states: readonly number[]): void {
    for (const state of states) {
      const row = this.#times.find(id, start, state);
      if (row === NONE) this.#emit(id, state, start, { seconds: 0, quality: Quality.good, revision: 0 });
      else this.#emitRow(row);
    }
  }

  /** A time of a window that is closed: it is emitted again with the next tick. */
  change(row: number): void {
    const { columns, owner } = this.#times.table;
    if (columns.dirty[row] === 1) return;
    columns.dirty[row] = 1;
    const change = this.#changed.add(owner[row]);
    this.#changed.columns.start[change] = columns.start[row];
    this.#changed.columns.state[change] = columns.state[row];
  }

  emitChanged(): void {
    const { columns, owner } = this.#changed;
    for (const change of this.#changed) {
      const row = this.#times.find(owner[change], columns.start[change], columns.state[change]);
      if (row !== NONE) this.#emitAgain(row);
      this.#changed.remove(change);
    }
  }

  take(): Columns {
    return this.#results.length === 0 ? noRows : this.#results.take();
  }

  #emitAgain(row: number): void {
    const { time, uncertain, sent, sentUncertain, dirty } = this.#times.table.columns;
    dirty[row] = 0;
    if (time[row] !== sent[row] || (uncertain[row] > 0 ? 1 : 0) !== sentUncertain[row]) this.#emitRow(row);
  }

  #emitRow(row: number): void {
    const { columns, owner } = this.#times.table;
    const quality = columns.uncertain[row] > 0 ? Quality.uncertain : Quality.good;
    const seconds = Math.max(0, columns.time[row]) / MICROSECONDS;
    const revision = columns.revision[row];
    this.#emit(owner[row], columns.state[row], columns.start[row], { seconds, quality, revision });
    columns.closed[row] = 1;
    columns.sent[row] = columns.time[row];
    columns.sentUncertain[row] = columns.uncertain[row] > 0 ? 1 : 0;
    columns.revision[row]++;
  }

  #emit(
    id: number,
    state: number,
    start: number,
    { seconds, quality, revision }: { seconds: number; quality: Quality; revision: number },
  ): void {
    const rows = this.#results;
    rows.double(this.#names.resultSeries(id, state), start, seconds, quality);
    if (revision === 0) return;
    rows.revision ??= new Uint16Array(rows.series.length);
    rows.revision[rows.length - 1] = Math.min(revision, MAX_REVISION);
  }
}
