import type { OperatorContext, SeriesColumn } from '@sluis/plugin-sdk';
import type { DurationsConfig } from './config.ts';
import { type HeldTimes, NONE } from './held-times.ts';
import { type StateNames, UNKNOWN } from './state-names.ts';
import type { ToldTimes } from './told-times.ts';

/** A closed window may be revised for its own length, or this long in event time (µs) if that is more. */
const LEAST_REVISABLE = 60_000_000;

/** What was remembered of a sample: its state, and whether it was uncertain, as one number. */
export const codeOf = (state: number, isUncertain: boolean): number => state * 2 + (isUncertain ? 1 : 0);

interface Parts {
  readonly names: StateNames;
  readonly times: HeldTimes;
  readonly told: ToldTimes;
}

/** Credits spans of time to states, window by window, and closes the windows that event time has passed. */
export class CreditedTimes {
  /** How far event time of each series has come. */
  readonly now: SeriesColumn;
  /** The event time at which the first open window closes. */
  readonly due: SeriesColumn;
  readonly #parts: Parts;
  readonly #every: number;
  readonly #closesAfter: number;
  readonly #finalAfter: number;
  /** Windows that begin earlier had samples that nobody knows: they are left out. */
  readonly #valid: SeriesColumn;
  /** By series the times that were added to last in an even and in an odd state. Only times that are closed go. */
  readonly #hints: number[] = [];

  constructor({ config, state }: OperatorContext<DurationsConfig>, parts: Parts) {
    this.#parts = parts;
    this.#every = config.every;
    this.#closesAfter = config.every + config.lateness;
    this.#finalAfter = this.#closesAfter + Math.max(config.every, LEAST_REVISABLE);
    this.now = state.float64('now', Number.NEGATIVE_INFINITY);
    this.due = state.float64('due', Number.POSITIVE_INFINITY);
    this.#valid = state.float64('valid', Number.NEGATIVE_INFINITY);
  }

  reserve(series: number): void {
    for (const column of [this.now, this.due, this.#valid]) column.reserve(series);
  }

  /** Samples before this time are not known. */
  beginAt(id: number, time: number): void {
    const start = this.startOf(time);
    this.#valid.values[id] = start === time ? start : start + this.#every;
  }

  startOf(time: number): number {
    const past = time % this.#every;
    return past < 0 ? time - past - this.#every : time - past;
  }

  /** Adds [from, to) to the time in a state, or takes it back; does nothing if that is empty. */
  credit(id: number, code: number, from: number, to: number, sign: 1 | -1): void {
    const state = Math.floor(code / 2);
    if (state === UNKNOWN || !(to > from)) return;
    const { times, told } = this.#parts;
    const { columns } = times.table;
    const place = hintPlace(id, state);
    while (this.#hints.length <= place) this.#hints.push(NONE);
    for (let start = this.startOf(from); start < to; start += this.#every) {
      if (start < this.#valid.values[id] || this.isFinal(id, start)) continue;
      const row = times.open(id, start, state, this.#isClosed(id, start));
      if (row === NONE) continue;
      this.#hints[place] = row;
      const length = sign * (Math.min(to, start + this.#every) - Math.max(from, start));
      columns.time[row] += length;
      if (code % 2 === 1) columns.uncertain[row] += length;
      if (columns.closed[row] === 1) told.change(row);
      else this.due.values[id] = Math.min(this.due.values[id], start + this.#closesAfter);
    }
  }

  /** Event time of a series goes on `to` where nothing closes before that, in one state. */
  goOn(id: number, code: number, to: number): void {
    const now = this.now.values[id];
    const { columns } = this.#parts.times.table;
    const hint = this.#hintOf(id, code, now);
    if (hint === NONE || to > columns.start[hint] + this.#every) this.credit(id, code, now, to, 1);
    else {
      columns.time[hint] += to - now;
      if (code % 2 === 1) columns.uncertain[hint] += to - now;
    }
    this.now.values[id] = to;
  }

  /** No window closes before event time has come to this. */
  closesAt(id: number): number {
    const due = this.due.values[id];
    // No window has any time that begins after the one that event time is in.
    return due === Number.POSITIVE_INFINITY ? this.startOf(this.now.values[id]) + this.#closesAfter : due;
  }

  /** Emits the windows that are over, each with all states of the series, and forgets those that are revised no more. */
  close(id: number): void {
    const { names, times, told } = this.#parts;
    const { table } = times;
    const { start, closed, dirty } = table.columns;
    const starts = new Set<number>();
    let due = Number.POSITIVE_INFINITY;
    for (const row of table.of(id)) {
      if (closed[row] === 1) continue;
      if (this.#isClosed(id, start[row])) starts.add(start[row]);
      else due = Math.min(due, start[row] + this.#closesAfter);
    }
    this.due.values[id] = due;
    const states = names.ofSeries(id);
    for (const from of [...starts].sort((a, b) => a - b)) told.emitWindow(id, from, states);
    const forgotten = table
      .of(id)
      .filter((row) => closed[row] === 1 && dirty[row] === 0 && this.isFinal(id, start[row]));
    for (const row of forgotten) table.remove(row);
  }

  /** Closed for so long that it is revised no more. */
  isFinal(id: number, start: number): boolean {
    return start + this.#finalAfter < this.now.values[id];
  }

  #isClosed(id: number, start: number): boolean {
    return start + this.#closesAfter <= this.now.values[id];
  }

  /** The open time of the state in the window that `time` is in, if it is one that was added to last. */
  #hintOf(id: number, code: number, time: number): number {
    const state = Math.floor(code / 2);
    const hint = this.#hints[hintPlace(id, state)] ?? NONE;
    if (hint === NONE) return NONE;
    const { columns, owner } = this.#parts.times.table;
    const isOwn = owner[hint] === id && columns.state[hint] === state && columns.closed[hint] === 0;
    return isOwn && time >= columns.start[hint] && time < columns.start[hint] + this.#every ? hint : NONE;
  }
}

const hintPlace = (id: number, state: number): number => 2 * id + (state % 2);
