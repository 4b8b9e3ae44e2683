import { Kind, type OperatorContext, Quality, type SampleBatch } from '@sluis/plugin-sdk';
import type { JoinConfig } from './config.ts';
import type { Labels } from './labels.ts';
import type { Match } from './results.ts';
import { SortedRing } from './sorted-ring.ts';

/**
 * In `mark`: the sample is known to have no value. Otherwise whether it is uncertain, as 0 or 1, and twice the code of its text, which is
 * above 0; so that of a good number is 0, which nobody needs to write.
 */
export const NO_VALUE = -1;
const MARK_OF_TEXT = 2;

/** Rows [from, to) of columns, each `stride` after the one before. */
export interface LeftRows {
  readonly time: Float64Array;
  readonly value: Float64Array;
  readonly from: number;
  readonly to: number;
  readonly stride: number;
}

export type RightRing = SortedRing<'value' | 'mark'>;

/** The right samples that are remembered, and which of them a left one is joined to. */
export class Rights {
  readonly ring: RightRing;
  readonly #context: OperatorContext<JoinConfig>;
  readonly #labels: Labels;
  readonly #tolerance: number;

  constructor(context: OperatorContext<JoinConfig>, labels: Labels) {
    this.#context = context;
    this.#labels = labels;
    this.#tolerance = context.config.tolerance ?? Number.POSITIVE_INFINITY;
    this.ring = new SortedRing(context, 'rights remembered', {
      fields: ['value', 'mark'],
      // What comes next is joined to the newest.
      kept: () => 1,
      forget: (series, count) => {
        if (labels.isEmpty) return;
        const { rows } = this.ring;
        for (let place = 0; place < count; place++) this.#release(rows.columns.mark[rows.at(series, place)]);
      },
    });
  }

  /** True if the right series has another value from the row's time on than was known. */
  remember(batch: SampleBatch, row: number, id: number): boolean {
    const time = batch.time[row];
    const place = this.ring.lowerBound(id, time);
    const known = this.ring.find(id, time, place);
    const mark = this.#markOf(batch, row);
    const value = mark === 0 || mark === 1 ? batch.value[row] : 0;
    // What is joined to one before the oldest would be joined to those, too, that have gone between them.
    const isTooOld = place === 0 && this.ring.isCut(id);
    const at = known ?? (isTooOld ? undefined : this.ring.insert(id, time, { place }));
    if (at === undefined) {
      this.#context.count('join: late', 1);
      this.#release(mark);
      return false;
    }
    const { columns } = this.ring.rows;
    if (known !== undefined) {
      this.#release(columns.mark[at]);
      if (columns.mark[at] === mark && columns.value[at] === value) return false;
    }
    columns.value[at] = value;
    columns.mark[at] = mark;
    return true;
  }

  /**
   * The fast path: remembers rows from `from` on, of one series, that are good numbers and rise in time, the first later than
   * `after` and all that is remembered. Returns the row after them. What was the newest before is still remembered then.
   */
  append(batch: SampleBatch, id: number, from: number, to: number, after: number): number {
    const { time, value, quality, horizon } = batch;
    let last = Math.max(after, this.ring.newest(id));
    let row = from;
    // The number of a text is NaN.
    while (
      row < to &&
      time[row] > last &&
      time[row] <= horizon &&
      quality[row] === Quality.good &&
      value[row] === value[row]
    ) {
      last = time[row++];
    }
    return row === from ? from : from + this.ring.append(id, batch, { from, to: row, kept: 1 });
  }

  /** The newest right sample at or before `time`, unless it has no value or is too old. */
  rowOf(right: number, time: number): number | undefined {
    const { rows } = this.ring;
    const place = this.ring.lowerBound(right, time + 1) - 1;
    if (place < 0) return undefined;
    const row = rows.at(right, place);
    const isMatch = rows.columns.mark[row] !== NO_VALUE && time - rows.columns.time[row] <= this.#tolerance;
    return isMatch ? row : undefined;
  }

  matchAt(row: number): Match {
    const { value, mark } = this.ring.rows.columns;
    const label = this.#labels.textOf(labelOf(mark[row]));
    return { right: value[row], label, isUncertain: mark[row] % 2 === 1 };
  }

  /**
   * As {@link rowOf} for left rows that rise in time, as far as they are joined to good numbers, which are written into `found`. Returns
   * how many they are.
   */
  matchRising(right: number, { time: times, from, to, stride }: LeftRows, found: Float64Array): number {
    const { rows } = this.ring;
    const { time, value, mark } = rows.columns;
    const count = rows.count(right);
    let place = this.ring.lowerBound(right, times[from] + 1) - 1;
    if (place < 0) return 0;
    let row = rows.at(right, place);
    let matches = 0;
    let i = from;
    for (;;) {
      const next = ++place < count ? rows.at(right, place) : row;
      // The next one is in force from its time on.
      const until = place < count ? time[next] : Number.POSITIVE_INFINITY;
      const latest = mark[row] === 0 ? time[row] + this.#tolerance : Number.NEGATIVE_INFINITY;
      for (; i < to && times[i] < until; i += stride) {
        if (times[i] > latest) return matches;
        found[matches++] = value[row];
      }
      if (i === to) return matches;
      row = next;
    }
  }

  /** Its text is once more used where it has one. */
  #markOf({ value, quality, kind, text, texts }: SampleBatch, row: number): number {
    if (quality[row] === Quality.bad) return NO_VALUE;
    const uncertain = quality[row] === Quality.uncertain ? 1 : 0;
    if (kind?.[row] !== Kind.text) return Number.isNaN(value[row]) ? NO_VALUE : uncertain;
    const label = this.#labels.use(texts?.[text?.[row] ?? 0] ?? '');
    if (label !== undefined) return label * MARK_OF_TEXT + uncertain;
    this.#context.count('join: no room for text', 1);
    return NO_VALUE;
  }

  #release(mark: number): void {
    if (mark >= MARK_OF_TEXT) this.#labels.release(labelOf(mark));
  }
}

/** The code of its text; 0 where it is a number. */
export function labelOf(mark: number): number {
  return Math.floor(mark / MARK_OF_TEXT);
}
