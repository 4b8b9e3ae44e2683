import { Kind, type OperatorContext, Quality, type RowTable, type SampleBatch } from '@sluis/plugin-sdk';
import type { GroupConfig } from './config.ts';
import type { Spans } from './spans.ts';

/** Values held at once: the last of a series in a window. About 64 bytes each. */
const MAX_VALUES = 2 ** 18;
const NONE = -1;

/** Rows of one series whose times are in [start, end), the first of them for sure. */
export interface WindowRows {
  readonly id: number;
  readonly start: number;
  readonly end: number;
  readonly from: number;
  readonly to: number;
}

export interface Folded {
  /** The row after those that were in the window. */
  readonly next: number;
  /** The greatest time of them. */
  readonly greatest: number;
  /** True if the series has another last sample in the window. */
  readonly isChanged: boolean;
}

/** The last sample with a number of each series in each window. */
export class LastValues {
  readonly #context: OperatorContext<GroupConfig>;
  readonly #spans: Spans;
  /** By series and window. A value that was taken back is NaN. */
  readonly #values: RowTable<'start' | 'time' | 'value' | 'uncertain'>;
  /** By series, what follows from the rest: the value that was folded into last. */
  readonly #hints: number[] = [];

  constructor(context: OperatorContext<GroupConfig>, spans: Spans) {
    this.#context = context;
    this.#spans = spans;
    this.#values = context.state.rows('values', ['start', 'time', 'value', 'uncertain']);
  }

  /** Start of the window that has a time, which is often that of the series' last. */
  startOf(id: number, time: number): number {
    const hint = this.#hints[id] ?? NONE;
    const { start } = this.#values.columns;
    const isHinted =
      hint !== NONE && this.#values.owner[hint] === id && time >= start[hint] && time < start[hint] + this.#spans.every;
    return isHinted ? start[hint] : this.#spans.startOf(time);
  }

  /** The value of a series in a window, NaN if it has none, and whether it is uncertain. */
  visit(id: number, start: number, visit: (value: number, uncertain: boolean) => void): void {
    const row = this.#find(id, start);
    if (row === NONE) return;
    const { value, uncertain } = this.#values.columns;
    if (!Number.isNaN(value[row])) visit(value[row], uncertain[row] === 1);
  }

  remove(id: number, start: number): void {
    const row = this.#find(id, start);
    if (row === NONE) return;
    // No window starts at NaN: a hint at this row is refused by its check.
    this.#values.columns.start[row] = Number.NaN;
    this.#values.remove(row);
  }

  /** Folds as many of the rows as are in the window: their last is what counts. */
  fold(batch: SampleBatch, { id, start, end, from, to }: WindowRows): Folded {
    const { time, value, quality, kind } = batch;
    const { columns } = this.#values;
    let at = this.#at(id, start);
    let last = at === NONE ? Number.NEGATIVE_INFINITY : columns.time[at];
    let greatest = time[from];
    let isChanged = false;
    let row = this.#rising(batch, { from, to, after: Math.max(start, last), end });
    if (row > from) {
      if (at === NONE) at = this.#open(id, start);
      greatest = last = time[row - 1];
      isChanged = at !== NONE;
      if (isChanged) this.#put(at, batch, row - 1);
      // All others of these, too: it was one that was refused.
      else if (row - from > 1) this.#context.count('group: too many values', row - from - 1);
    }
    for (; row < to && time[row] >= start && time[row] < end; row++) {
      greatest = Math.max(greatest, time[row]);
      const isText = kind !== undefined && kind[row] === Kind.text;
      const isNumber = !isText && quality[row] !== Quality.bad && !Number.isNaN(value[row]);
      if (!isNumber) {
        const reason = isText ? 'text' : quality[row] === Quality.bad ? 'bad quality' : 'not a number';
        this.#context.count(`group: ${reason}`, 1);
      }
      // What has no number takes back what it corrects, and is not the last of its window otherwise.
      if (isNumber ? time[row] < last : time[row] !== last) continue;
      if (at === NONE) at = this.#open(id, start);
      if (at === NONE) continue;
      last = time[row];
      this.#put(at, batch, row);
      if (!isNumber) columns.value[at] = Number.NaN;
      isChanged = true;
    }
    while (this.#hints.length <= id) this.#hints.push(NONE);
    this.#hints[id] = at;
    return { next: row, greatest, isChanged };
  }

  #put(at: number, { time, value, quality }: SampleBatch, row: number): void {
    const { columns } = this.#values;
    columns.time[at] = time[row];
    columns.value[at] = value[row];
    columns.uncertain[at] = quality[row] === Quality.uncertain ? 1 : 0;
  }

  /** The row after those from `from` on that have numbers and rise in time: of these the last counts. The fast path. */
  #rising(
    { time, value, quality }: SampleBatch,
    { from, to, after, end }: { from: number; to: number; after: number; end: number },
  ): number {
    let row = from;
    let last = after;
    // The number of a text is NaN.
    for (; row < to; row++) {
      const t = time[row];
      if (!(t >= last && t < end) || quality[row] === Quality.bad || Number.isNaN(value[row])) break;
      last = t;
    }
    return row;
  }

  #open(id: number, start: number): number {
    if (this.#values.size >= MAX_VALUES) {
      this.#context.count('group: too many values', 1);
      return NONE;
    }
    const row = this.#values.add(id);
    this.#values.columns.start[row] = start;
    return row;
  }

  #at(id: number, start: number): number {
    const hint = this.#hints[id] ?? NONE;
    const isHinted = hint !== NONE && this.#values.owner[hint] === id && this.#values.columns.start[hint] === start;
    return isHinted ? hint : this.#find(id, start);
  }

  /** The newest are looked at first, for they are what is asked for. */
  #find(id: number, start: number): number {
    const rows = this.#values.of(id);
    for (let i = rows.length - 1; i >= 0; i--) if (this.#values.columns.start[rows[i]] === start) return rows[i];
    return NONE;
  }
}
