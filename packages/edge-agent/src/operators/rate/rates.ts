import {
  carrying,
  type OperatorContext,
  Quality,
  resultSeries,
  type SampleBatch,
  type SeriesColumn,
} from '@sluis/plugin-sdk';
import { restOf } from '../exact-integer.ts';
import { foldRuns } from '../numbers/fold-runs.ts';
import { numberAt } from '../numbers/number-at.ts';
import { type KnownNumber, RecentNumbers } from '../numbers/recent-numbers.ts';
import { noResult, type Result, RevisedResults } from '../numbers/results.ts';
import { perTime } from '../numbers/unit-of-time.ts';
import type { RateConfig } from './config.ts';
import { type ExactNumber, increase, increaseAround, isBelow } from './increase.ts';

export class Rates {
  readonly #context: OperatorContext<RateConfig>;
  readonly #per: number;
  readonly #maxGap: number;
  readonly #isCounter: boolean;
  readonly #wrapsAt: number | undefined;
  readonly #numbers: RecentNumbers;
  readonly #results: RevisedResults;
  readonly #resultOf: (series: number) => number;
  /** Greatest time of a series, whether its sample had a number or not: what is not later is late. */
  readonly #seen: SeriesColumn;
  /** The latest number of each series; its time is NaN if there is none. */
  readonly #time: SeriesColumn;
  readonly #value: SeriesColumn;
  readonly #uncertain: SeriesColumn;
  /** What it is beyond its double. */
  readonly #rest: SeriesColumn;

  constructor(context: OperatorContext<RateConfig>) {
    const { config, state } = context;
    const { per, counter, wrapsAt, maxGap = Number.POSITIVE_INFINITY } = config;
    this.#context = context;
    this.#per = per;
    this.#maxGap = maxGap;
    this.#isCounter = counter;
    this.#wrapsAt = wrapsAt;
    this.#numbers = new RecentNumbers(state, { hasRests: true });
    this.#results = new RevisedResults(state);
    this.#resultOf = resultSeries(context, 'rate', (unit) => perTime(unit, per));
    this.#seen = state.float64('seen', Number.NEGATIVE_INFINITY);
    this.#time = state.float64('time', Number.NaN);
    this.#value = state.float64('value', Number.NaN);
    this.#uncertain = state.float64('is uncertain', 0);
    this.#rest = state.float64('rest', 0);
  }

  next(batch: SampleBatch): SampleBatch {
    for (const column of [this.#seen, this.#time, this.#value, this.#uncertain, this.#rest]) {
      column.reserve(this.#context.series.size);
    }
    foldRuns(
      batch,
      (series, from, to) => this.#foldRising(batch, { series, from, to }),
      (series, row) => this.#foldOne(batch, series, row),
    );
    return carrying(batch, this.#results.take());
  }

  /** Folds rows of good numbers that rise in time and are all doubles. Returns the row after them. */
  #foldRising(batch: SampleBatch, { series, from, to }: { series: number; from: number; to: number }): number {
    const { time, value, quality, integer, horizon } = batch;
    const { rows } = this.#results;
    if (this.#uncertain.values[series] === 1 || this.#rest.values[series] !== 0) return from;
    const result = this.#resultOf(series);
    const most = integer ? Number.MAX_SAFE_INTEGER : Number.MAX_VALUE;
    const least = this.#isCounter ? 0 : -most;
    const per = this.#per;
    const maxGap = this.#maxGap;
    const isCounter = this.#isCounter;
    rows.reserve(to - from);
    let at = rows.length;
    let seen = this.#seen.values[series];
    let before = this.#time.values[series];
    let last = this.#value.values[series];
    let row = from;
    for (; row < to; row++) {
      const t = time[row];
      const v = value[row];
      const isPlain = t > seen && t <= horizon && quality[row] === Quality.good && v >= least && v <= most;
      if (!isPlain) break;
      const gap = t - before;
      if (gap <= maxGap) {
        const change = isCounter && v < last ? this.#restarted({ value: last }, { value: v }) : v - last;
        rows.series[at] = result;
        rows.time[at] = t;
        rows.value[at] = change / (gap / per);
        at++;
      }
      seen = t;
      before = t;
      last = v;
    }
    if (row === from) return from;
    rows.length = at;
    this.#seen.values[series] = seen;
    this.#time.values[series] = before;
    this.#value.values[series] = last;
    this.#numbers.append(series, batch, from, row);
    return row;
  }

  /** Any row. */
  #foldOne(batch: SampleBatch, series: number, row: number): void {
    const time = batch.time[row];
    if (time > batch.horizon) return this.#context.count('rate: beyond horizon', 1);
    const value = this.#numberAt(batch, row);
    const rest = batch.integer && !Number.isNaN(value) ? restOf(batch, row) : 0;
    const number = { time, value, uncertain: batch.quality[row] === Quality.uncertain, rest };
    if (time <= this.#seen.values[series]) return this.#foldLate(series, number);
    this.#seen.values[series] = time;
    this.#numbers.set(series, number);
    if (Number.isNaN(value)) return;
    const rate = this.#rateOf(this.#last(series), number);
    if (rate) this.#results.add(this.#resultOf(series), time, rate);
    this.#keep(series, number);
  }

  /** A sample between others, or one that takes the place of another. */
  #foldLate(series: number, number: KnownNumber): void {
    const { before, own, after, isKnown, isCut } = this.#numbers.around(series, number.time);
    if ((!before && isCut) || !this.#numbers.set(series, number)) return this.#context.count('rate: late', 1);
    const now = Number.isNaN(number.value) ? undefined : number;
    this.#revise(series, number.time, {
      was: this.#rateOf(before, own),
      is: this.#rateOf(before, now),
      isFirst: !isKnown,
    });
    if (after) {
      const was = this.#rateOf(own ?? before, after);
      this.#revise(series, after.time, { was, is: this.#rateOf(now ?? before, after), isFirst: false });
    } else {
      this.#keep(series, now ?? before);
    }
  }

  #revise(
    series: number,
    time: number,
    { was, is, isFirst }: { was: Result | undefined; is: Result | undefined; isFirst: boolean },
  ): void {
    const isSame = was && is ? Object.is(was.value, is.value) && was.quality === is.quality : was === is;
    if (isSame) return;
    this.#results.add(this.#resultOf(series), time, is ?? noResult, isFirst ? 0 : this.#results.nextRevision(series));
  }

  #rateOf(from: KnownNumber | undefined, to: KnownNumber | undefined): Result | undefined {
    if (!from || !to) return undefined;
    const gap = to.time - from.time;
    if (!(gap <= this.#maxGap)) return undefined;
    const change = increase(from, to);
    const isRestarted = this.#isCounter && change < 0;
    const quality = from.uncertain || to.uncertain ? Quality.uncertain : Quality.good;
    return { value: (isRestarted ? this.#restarted(from, to) : change) / (gap / this.#per), quality };
  }

  /** How far a counter has come that is at `to` after it was at a greater `from`. */
  #restarted(from: ExactNumber, to: ExactNumber): number {
    if (this.#wrapsAt === undefined || !isBelow(from, this.#wrapsAt)) return to.value;
    const around = increaseAround(from, to, this.#wrapsAt);
    return around < this.#wrapsAt / 2 ? around : to.value;
  }

  #last(series: number): KnownNumber | undefined {
    const time = this.#time.values[series];
    if (Number.isNaN(time)) return undefined;
    const uncertain = this.#uncertain.values[series] === 1;
    return { time, value: this.#value.values[series], uncertain, rest: this.#rest.values[series] };
  }

  #keep(series: number, number: KnownNumber | undefined): void {
    this.#time.values[series] = number?.time ?? Number.NaN;
    this.#value.values[series] = number?.value ?? Number.NaN;
    this.#uncertain.values[series] = number?.uncertain ? 1 : 0;
    this.#rest.values[series] = number?.rest ?? 0;
  }

  #numberAt(batch: SampleBatch, row: number): number {
    const value = numberAt(batch, row, (why) => this.#context.count(`rate: ${why}`, 1));
    if (!this.#isCounter || !(value < 0)) return value;
    this.#context.count('rate: counter below 0', 1);
    return Number.NaN;
  }
}
