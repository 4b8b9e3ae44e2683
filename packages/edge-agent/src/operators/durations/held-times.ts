import type { OperatorContext, RowTable } from '@sluis/plugin-sdk';

/** Times held at once: a state in a window that is open or may still be revised. About 80 bytes each. */
const MAX_TIMES = 2 ** 18;
export const NONE = -1;

type Field = 'start' | 'state' | 'time' | 'uncertain' | 'closed' | 'sent' | 'sentUncertain' | 'revision' | 'dirty';

/** How long a series was in a state, in a window. */
export class HeldTimes {
  readonly table: RowTable<Field>;
  readonly #context: OperatorContext<unknown>;

  constructor(context: OperatorContext<unknown>) {
    this.#context = context;
    this.table = context.state.rows('times', [
      'start',
      'state',
      'time',
      'uncertain',
      'closed',
      'sent',
      'sentUncertain',
      'revision',
      'dirty',
    ]);
  }

  /** The newest are looked at first, for they are what is asked for. */
  find(series: number, start: number, state: number): number {
    const rows = this.table.of(series);
    const { columns } = this.table;
    for (let i = rows.length - 1; i >= 0; i--) {
      const row = rows[i];
      if (columns.start[row] === start && columns.state[row] === state) return row;
    }
    return NONE;
  }

  /** NONE where there is no room for another. */
  open(series: number, start: number, state: number, isClosed: boolean): number {
    const known = this.find(series, start, state);
    if (known !== NONE) return known;
    if (this.table.size >= MAX_TIMES) {
      this.#context.count('durations: too many windows', 1);
      return NONE;
    }
    const row = this.table.add(series);
    const { columns } = this.table;
    columns.start[row] = start;
    columns.state[row] = state;
    if (isClosed) {
      // Without it the window may have been sent with no time in this state.
      columns.closed[row] = 1;
      columns.revision[row] = 1;
    }
    return row;
  }
}
