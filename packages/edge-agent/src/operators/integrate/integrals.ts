import {
  carrying,
  type OperatorContext,
  Quality,
  type RecentSamples,
  resultSeries,
  type RowTable,
  type SampleBatch,
  type Scalar,
  type SeriesColumn,
} from '@sluis/plugin-sdk';
import { foldRuns } from '../numbers/fold-runs.ts';
import { numberAt } from '../numbers/number-at.ts';
import { type KnownNumber, RecentNumbers, remembered } from '../numbers/recent-numbers.ts';
import { noResult, RevisedResults } from '../numbers/results.ts';
import { timesTime } from '../numbers/unit-of-time.ts';
import type { IntegrateConfig } from './config.ts';

export class Integrals {
  readonly #context: OperatorContext<IntegrateConfig>;
  readonly #per: number;
  readonly #maxGap: number;
  readonly #isTrapezoid: boolean;
  readonly #numbers: RecentNumbers;
  /** The integral at each time that `numbers` remembers, NaN where there is no number. It gets the same times, so it has the same. */
  readonly #integrals: RecentSamples;
  readonly #results: RevisedResults;
  readonly #resultOf: (series: number) => number;
  /** Greatest time of a series, whether its sample had a number or not: what is not later is late. */
  readonly #seen: SeriesColumn;
  /** The latest number of each series; its time is NaN if there is none. */
  readonly #time: SeriesColumn;
  readonly #value: SeriesColumn;
  readonly #uncertain: SeriesColumn;
  /** Integral up to the latest number. */
  readonly #total: SeriesColumn;
  /** The series whose results after a time have changed, to be emitted again with the next tick. */
  readonly #changed: RowTable<'after'>;
  readonly #tick: Scalar;

  constructor(context: OperatorContext<IntegrateConfig>) {
    const { config, state } = context;
    const { per, method, maxGap = Number.POSITIVE_INFINITY } = config;
    this.#context = context;
    this.#per = per;
    this.#maxGap = maxGap;
    this.#isTrapezoid = method === 'trapezoid';
    this.#numbers = new RecentNumbers(state);
    this.#integrals = state.recent('integrals', remembered);
    this.#results = new RevisedResults(state);
    this.#resultOf = resultSeries(context, 'integral', (unit) => timesTime(unit, per));
    this.#seen = state.float64('seen', Number.NEGATIVE_INFINITY);
    this.#time = state.float64('time', Number.NaN);
    this.#value = state.float64('value', Number.NaN);
    this.#uncertain = state.float64('is uncertain', 0);
    this.#total = state.float64('total', 0);
    this.#changed = state.rows('changed', ['after']);
    this.#tick = state.scalar('tick', Number.NEGATIVE_INFINITY);
  }

  next(batch: SampleBatch): SampleBatch {
    for (const column of [this.#seen, this.#time, this.#value, this.#uncertain, this.#total]) {
      column.reserve(this.#context.series.size);
    }
    if (batch.tick > this.#tick.value) {
      this.#tick.value = batch.tick;
      for (const row of this.#changed) this.#emitAgain(row);
    }
    foldRuns(
      batch,
      (series, from, to) => this.#foldRising(batch, { series, from, to }),
      (series, row) => this.#foldOne(batch, series, row),
    );
    return carrying(batch, this.#results.take());
  }

  /** Folds rows of good numbers that rise in time. Returns the row after them. */
  #foldRising(batch: SampleBatch, { series, from, to }: { series: number; from: number; to: number }): number {
    const { time, value, quality, horizon } = batch;
    const { rows } = this.#results;
    if (this.#uncertain.values[series] === 1) return from;
    const result = this.#resultOf(series);
    const per = this.#per;
    const maxGap = this.#maxGap;
    const isTrapezoid = this.#isTrapezoid;
    rows.reserve(to - from);
    const start = rows.length;
    let seen = this.#seen.values[series];
    let before = this.#time.values[series];
    let last = this.#value.values[series];
    let total = this.#total.values[series];
    let at = start;
    let row = from;
    for (; row < to; row++) {
      const t = time[row];
      const v = value[row];
      // Infinities and NaN have no difference of 0 to themselves.
      const isPlain = t > seen && t <= horizon && quality[row] === Quality.good && v - v === 0;
      if (!isPlain) break;
      const gap = t - before;
      if (gap <= maxGap) total += (isTrapezoid ? (last + v) / 2 : last) * (gap / per);
      rows.series[at] = result;
      rows.time[at] = t;
      rows.value[at] = total;
      at++;
      seen = t;
      before = t;
      last = v;
    }
    if (row === from) return from;
    rows.length = at;
    this.#seen.values[series] = seen;
    this.#time.values[series] = before;
    this.#value.values[series] = last;
    this.#total.values[series] = total;
    this.#numbers.append(series, batch, from, row);
    this.#integrals.append(series, rows.time, rows.value, start, at);
    return row;
  }

  /** Any row. */
  #foldOne(batch: SampleBatch, series: number, row: number): void {
    const time = batch.time[row];
    if (time > batch.horizon) return this.#context.count('integrate: beyond horizon', 1);
    const value = numberAt(batch, row, (why) => this.#context.count(`integrate: ${why}`, 1));
    const number = { time, value, uncertain: batch.quality[row] === Quality.uncertain };
    if (time <= this.#seen.values[series]) return this.#foldLate(series, number);
    this.#seen.values[series] = time;
    this.#numbers.set(series, number);
    if (Number.isNaN(value)) return void this.#integrals.add(series, time, Number.NaN);
    const last = this.#last(series);
    const total = this.#after(last, number, this.#total.values[series]);
    this.#integrals.add(series, time, total);
    this.#results.add(this.#resultOf(series), time, { value: total, quality: this.#qualityOf(last, number) });
    this.#keep(series, number, total);
  }

  /** A sample between others, or one that takes the place of another. */
  #foldLate(series: number, number: KnownNumber): void {
    const { time, value, uncertain } = number;
    const { before, own, isKnown, isCut } = this.#numbers.around(series, time);
    if ((!before && isCut) || !this.#numbers.set(series, number)) return this.#context.count('integrate: late', 1);
    const isNumber = !Number.isNaN(value);
    const isSame = own ? Object.is(own.value, value) && own.uncertain === uncertain : !isNumber;
    if (isSame) {
      if (!own) this.#integrals.add(series, time, Number.NaN);
      return;
    }
    this.#foldAgain(series, before, time);
    const result = isNumber
      ? { value: this.#integralAt(series, time), quality: this.#qualityOf(before, number) }
      : noResult;
    this.#results.add(this.#resultOf(series), time, result, isKnown ? this.#results.nextRevision(series) : 0);
    if (time < this.#time.values[series]) this.#change(series, time);
  }

  /** Folds all that is remembered from a time on, `before` being the number before it. */
  #foldAgain(series: number, before: KnownNumber | undefined, from: number): void {
    let last = before;
    let total = before ? this.#integralAt(series, before.time) : 0;
    for (const number of this.#numbers.from(series, from)) {
      if (Number.isNaN(number.value)) {
        this.#integrals.add(series, number.time, Number.NaN);
        continue;
      }
      total = this.#after(last, number, total);
      this.#integrals.add(series, number.time, total);
      last = number;
    }
    this.#keep(series, last, total);
  }

  #change(series: number, after: number): void {
    const [known] = this.#changed.of(series);
    const row = known ?? this.#changed.add(series);
    const { columns } = this.#changed;
    columns.after[row] = known === undefined ? after : Math.min(columns.after[row], after);
  }

  #emitAgain(row: number): void {
    const series = this.#changed.owner[row];
    const after = this.#changed.columns.after[row];
    this.#changed.remove(row);
    const revision = this.#results.nextRevision(series);
    let last = this.#numbers.around(series, after + 1).before;
    for (const number of this.#numbers.from(series, after + 1)) {
      if (Number.isNaN(number.value)) continue;
      const result = { value: this.#integralAt(series, number.time), quality: this.#qualityOf(last, number) };
      this.#results.add(this.#resultOf(series), number.time, result, revision);
      last = number;
    }
  }

  #after(last: KnownNumber | undefined, { time, value }: KnownNumber, total: number): number {
    if (!last) return total;
    const gap = time - last.time;
    if (!(gap <= this.#maxGap)) return total;
    return total + (this.#isTrapezoid ? (last.value + value) / 2 : last.value) * (gap / this.#per);
  }

  #qualityOf(last: KnownNumber | undefined, { time, uncertain }: KnownNumber): Quality {
    const isFromUncertain = last?.uncertain && time - last.time <= this.#maxGap;
    return uncertain || isFromUncertain ? Quality.uncertain : Quality.good;
  }

  #integralAt(series: number, time: number): number {
    let integral = Number.NaN;
    // Times are whole: nothing else is in [time, time + 1).
    this.#integrals.visit(series, time, time + 1, (_, value) => {
      integral = value;
    });
    return integral;
  }

  #last(series: number): KnownNumber | undefined {
    const time = this.#time.values[series];
    if (Number.isNaN(time)) return undefined;
    return { time, value: this.#value.values[series], uncertain: this.#uncertain.values[series] === 1 };
  }

  #keep(series: number, number: KnownNumber | undefined, total: number): void {
    this.#time.values[series] = number?.time ?? Number.NaN;
    this.#value.values[series] = number?.value ?? Number.NaN;
    this.#uncertain.values[series] = number?.uncertain ? 1 : 0;
    this.#total.values[series] = total;
  }
}
