import {
  type Columns,
  Kind,
  type KeyedRows,
  type OperatorContext,
  pathLevel,
  Quality,
  resultPath,
  type RowTable,
} from '@sluis/plugin-sdk';

/** States of one series. */
const MAX_STATES = 64;
/** UTF-16 code units of a state's name. */
const MAX_NAME = 128;
/** What a series is in when nobody can tell. */
export const UNKNOWN = 0;

/** Numbers for the states that series have been in: a few of each, for a series of results comes of every one. */
export class StateNames {
  readonly #context: OperatorContext<unknown>;
  readonly #names: KeyedRows<'used'>;
  /** Which series has been in which. */
  readonly #known: RowTable<'state'>;
  /** States by input series and boolean, as far as they have been looked for: states are never forgotten. */
  readonly #booleans: number[] = [];
  /** Ids of the result series, by input series and state; follows from names alone. */
  readonly #results: (number[] | undefined)[] = [];

  constructor(context: OperatorContext<unknown>) {
    this.#context = context;
    this.#names = context.state.map('names', ['used']);
    this.#known = context.state.rows('known', ['state']);
  }

  /** The state that a row is in. */
  of(rows: Columns, row: number): number {
    if (rows.quality[row] === Quality.bad) return UNKNOWN;
    if (rows.kind?.[row] !== Kind.boolean) return this.#named(rows, row);
    const place = rows.series[row] * 2 + rows.value[row];
    while (this.#booleans.length <= place) this.#booleans.push(UNKNOWN);
    if (this.#booleans[place] === UNKNOWN) this.#booleans[place] = this.#named(rows, row);
    return this.#booleans[place];
  }

  #named(rows: Columns, row: number): number {
    const name = nameAt(rows, row);
    if (name === undefined) return UNKNOWN;
    if (name.length > MAX_NAME) return this.#refuse('long text');
    const id = rows.series[row];
    const known = this.#names.find(name);
    const state = known === undefined ? UNKNOWN : known + 1;
    if (state !== UNKNOWN && this.#has(id, state)) return state;
    if (this.#known.of(id).length >= MAX_STATES) return this.#refuse('too many states');
    const opened = this.#names.open(name);
    if (opened === undefined) return this.#refuse('too many states');
    // Before the columns are looked at, for a new row may replace them.
    const added = this.#known.add(id);
    this.#known.columns.state[added] = opened + 1;
    return opened + 1;
  }

  /** True if a row of good or uncertain quality is in this state. */
  isIn(rows: Columns, row: number, state: number): boolean {
    return nameAt(rows, row) === this.#names.keyOf(state - 1);
  }

  /** All states that a series has been in, in order of the first time. */
  ofSeries(id: number): number[] {
    return this.#known.of(id).map((row) => this.#known.columns.state[row]);
  }

  /** The series of a state's times. */
  resultSeries(id: number, state: number): number {
    const ids = (this.#results[id] ??= []);
    return (ids[state] ??= this.#context.series.intern(
      resultPath(this.#context, id, pathLevel(this.#names.keyOf(state - 1))),
      's',
    ));
  }

  #has(id: number, state: number): boolean {
    const { columns } = this.#known;
    for (const row of this.#known.of(id)) if (columns.state[row] === state) return true;
    return false;
  }

  #refuse(reason: string): number {
    this.#context.count(`durations: ${reason}`, 1);
    return UNKNOWN;
  }
}

/** A NaN and an empty text are no states. */
function nameAt({ value, kind, integer, text, texts }: Columns, row: number): string | undefined {
  switch (kind?.[row]) {
    case Kind.text:
      return texts?.[text?.[row] ?? 0] || undefined;
    case Kind.boolean:
      return value[row] === 1 ? 'true' : 'false';
    case Kind.int64:
      return String(integer?.[row] ?? value[row]);
    case Kind.uint64:
      return String(integer ? BigInt.asUintN(64, integer[row]) : value[row]);
    default:
      return Number.isNaN(value[row]) ? undefined : String(value[row]);
  }
}
