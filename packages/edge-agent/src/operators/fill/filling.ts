import {
  BatchBuilder,
  bySeries,
  carrying,
  Kind,
  Lane,
  type OperatorContext,
  Quality,
  type SampleBatch,
  type SeriesColumn,
  type TextColumn,
} from '@sluis/plugin-sdk';
import { copyRows } from '../copy-rows.ts';
import { exactInteger, restOf } from '../exact-integer.ts';
import type { FillConfig } from './config.ts';

export class Filling {
  readonly #context: OperatorContext<FillConfig>;
  readonly #rows = new BatchBuilder();
  readonly #columns: readonly SeriesColumn[];
  /** The sample of the greatest time of each series, with what a whole number is beyond its double. */
  readonly #time: SeriesColumn;
  readonly #value: SeriesColumn;
  readonly #rest: SeriesColumn;
  readonly #kind: SeriesColumn;
  readonly #text: TextColumn;
  /** 1 if gaps behind it are filled. */
  readonly #isUsable: SeriesColumn;

  constructor(context: OperatorContext<FillConfig>) {
    const { state } = context;
    this.#context = context;
    this.#columns = [
      (this.#time = state.float64('time', Number.NEGATIVE_INFINITY)),
      (this.#value = state.float64('value', Number.NaN)),
      (this.#rest = state.float64('rest', 0)),
      (this.#kind = state.float64('kind', Kind.double)),
      (this.#isUsable = state.float64('is usable', 0)),
    ];
    this.#text = state.text('text');
  }

  next(batch: SampleBatch): SampleBatch {
    const { length, lane } = batch;
    if (length === 0 || (lane !== undefined && lane !== Lane.data)) return batch;
    for (const column of this.#columns) column.reserve(this.#context.series.size);
    let copied = 0;
    bySeries(batch, (series, from, to) => {
      copied = this.#foldRun(batch, { series, from, to, copied });
    });
    if (this.#rows.length === 0) return batch;
    copyRows(this.#rows, batch, copied, length);
    return carrying(batch, this.#rows.take());
  }

  /** Copies the rows before a gap, and fills it; those before `copied` are. Returns up to where they are then. */
  #foldRun(
    batch: SampleBatch,
    run: { readonly series: number; readonly from: number; readonly to: number; readonly copied: number },
  ): number {
    const { every } = this.#context.config;
    const { time, horizon } = batch;
    const { series, to } = run;
    let { copied } = run;
    let greatest = this.#time.values[series];
    /** End of the interval of the greatest time. */
    let end = this.#startOf(greatest) + every;
    let last = -1;
    for (let row = run.from; row < to; row++) {
      const t = time[row];
      if (t < greatest || t > horizon) continue;
      // Of the first of all, there is no interval before it, and no end of that.
      if (!(t < end)) {
        if (t < end + every) end += every;
        else {
          if (last >= 0) this.#remember(series, batch, last);
          if (greatest > Number.NEGATIVE_INFINITY) {
            copyRows(this.#rows, batch, copied, row);
            copied = row;
            this.#fill(series, end, batch, row);
          }
          end = this.#startOf(t) + every;
        }
      }
      greatest = t;
      last = row;
    }
    if (last >= 0) this.#remember(series, batch, last);
    return copied;
  }

  /** Fills the intervals that start at `first` and later, and end before the row. */
  #fill(series: number, first: number, batch: SampleBatch, row: number): void {
    if (this.#isUsable.values[series] === 0) return;
    const { every, limit, value } = this.#context.config;
    const kind = this.#kind.values[series] as Kind;
    const from = this.#time.values[series];
    const to = batch.time[row];
    const before = this.#value.values[series];
    const until = Math.min(to - every, from + limit);
    if (typeof value === 'number') {
      if (kind === Kind.text) return;
      for (let time = first; time <= until; time += every) this.#rows.double(series, time, value, Quality.uncertain);
      return;
    }
    if (value === 'linear' && kind === Kind.double && (batch.kind?.[row] ?? Kind.double) === Kind.double) {
      const after = batch.value[row];
      if (to - from > limit || batch.quality[row] === Quality.bad || !Number.isFinite(after)) return;
      for (let time = first; time <= until; time += every) {
        const part = (time - from) / (to - from);
        this.#rows.double(series, time, before + (after - before) * part, Quality.uncertain);
      }
      return;
    }
    for (let time = first; time <= until; time += every) this.#repeat(series, time, kind, before);
  }

  #repeat(series: number, time: number, kind: Kind, value: number): void {
    const rows = this.#rows;
    switch (kind) {
      case Kind.boolean:
        return rows.boolean(series, time, value === 1, Quality.uncertain);
      case Kind.int64:
      case Kind.uint64:
        return rows.integer(series, time, exactInteger(value, this.#rest.values[series]), kind, Quality.uncertain);
      case Kind.text:
        return rows.text(series, time, this.#text.get(series), Quality.uncertain);
      default:
        return rows.double(series, time, value, Quality.uncertain);
    }
  }

  #remember(series: number, batch: SampleBatch, row: number): void {
    const kind = (batch.kind?.[row] ?? Kind.double) as Kind;
    const value = batch.value[row];
    const isText = kind === Kind.text;
    this.#time.values[series] = batch.time[row];
    this.#value.values[series] = value;
    this.#kind.values[series] = kind;
    this.#rest.values[series] = batch.integer ? restOf(batch, row) : 0;
    const isUsable = batch.quality[row] !== Quality.bad && (isText || Number.isFinite(value));
    this.#isUsable.values[series] = isUsable ? 1 : 0;
    if (!isText || this.#text.set(series, batch.texts?.[batch.text?.[row] ?? 0] ?? '')) return;
    this.#isUsable.values[series] = 0;
    this.#context.count('fill: text not remembered', 1);
  }

  #startOf(time: number): number {
    const { every } = this.#context.config;
    const past = time % every;
    return past < 0 ? time - past - every : time - past;
  }
}
