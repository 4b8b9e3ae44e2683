import {
  bySeries,
  carrying,
  Kind,
  type OperatorContext,
  Quality,
  type Rings,
  type SampleBatch,
  type Scalar,
  type SeriesColumn,
} from '@sluis/plugin-sdk';
import type { JoinConfig } from './config.ts';
import { Labels } from './labels.ts';
import { Pairs } from './pairs.ts';
import { type Match, Results } from './results.ts';
import { NO_VALUE, SortedRing } from './sorted-ring.ts';
import { Stretches } from './stretches.ts';

/** Left samples of a series that wait for their right: more go on without. */
const MAX_WAITING = 1024;
/** Of all series. */
const MAX_WAITING_ROWS = 2 ** 18;
/** What one tick counts for at most (µs) where a series waits for samples: a stopped agent has not waited. */
const LONGEST_STEP = 2_000_000;

/** As-of: each left sample with the newest right one at or before its time. */
export class Join {
  readonly #context: OperatorContext<JoinConfig>;
  readonly #tolerance: number;
  readonly #pairs: Pairs;
  readonly #labels: Labels;
  readonly #results: Results;
  /** Left samples that were emitted, with what they were joined to. */
  readonly #lefts: SortedRing<'value' | 'uncertain' | 'emissions' | 'isMatched' | 'label'>;
  readonly #rights: SortedRing<'value' | 'uncertain' | 'label'>;
  readonly #stretches: Stretches | undefined;
  /** Left samples whose right may still come, in the order in which they came. */
  readonly #waiting: Rings<'time' | 'value' | 'quality'>;
  /** How far event time of right series has come, and the idle clock when each last had a sample. */
  readonly #watermark: SeriesColumn;
  readonly #seen: SeriesColumn;
  readonly #idleClock: Scalar;
  readonly #tick: Scalar;

  constructor(context: OperatorContext<JoinConfig>) {
    const { config, state } = context;
    this.#context = context;
    this.#tolerance = config.tolerance ?? Number.POSITIVE_INFINITY;
    this.#pairs = new Pairs(context);
    this.#labels = new Labels(state);
    this.#results = new Results(context);
    this.#lefts = new SortedRing(
      state,
      'lefts remembered',
      ['value', 'uncertain', 'emissions', 'isMatched', 'label'],
      (row) => this.#labels.release(this.#lefts.rows.columns.label[row]),
    );
    this.#rights = new SortedRing(state, 'rights remembered', ['value', 'uncertain', 'label'], (row) =>
      this.#release(this.#rights.rows.columns.label[row]),
    );
    const [rights, labels, results] = [this.#rights, this.#labels, this.#results];
    if (config.while) this.#stretches = new Stretches(context, { expressions: config.while, rights, labels, results });
    this.#waiting = state.ring('waiting', {
      capacity: MAX_WAITING,
      fields: ['time', 'value', 'quality'],
      limit: MAX_WAITING_ROWS,
    });
    this.#watermark = state.float64('watermark', Number.NEGATIVE_INFINITY);
    this.#seen = state.float64('seen', 0);
    this.#idleClock = state.scalar('idle clock', 0);
    this.#tick = state.scalar('tick', Number.NEGATIVE_INFINITY);
  }

  next(batch: SampleBatch): SampleBatch {
    const { size } = this.#context.series;
    this.#watermark.reserve(size);
    this.#seen.reserve(size);
    this.#stretches?.reserve(size);
    if (batch.tick > this.#tick.value) this.#onTick(batch);
    bySeries(batch, (id, from, to) => this.#onRows(batch, id, from, to));
    return carrying(batch, this.#results.take());
  }

  /** Rows [from, to) are of one series. */
  #onRows(batch: SampleBatch, id: number, from: number, to: number): void {
    const isLeft = this.#pairs.isLeft(id);
    const isRight = this.#pairs.isRight(id);
    if (!isLeft && !isRight) return;
    let lefts = isRight ? this.#pairs.leftsOf(id) : [];
    for (let row = from; row < to; row++) {
      if (batch.time[row] > batch.horizon) {
        this.#context.count('join: beyond horizon', 1);
        continue;
      }
      if (isRight) this.#onRight(batch, row, id, lefts);
      if (!isLeft) continue;
      this.#onLeft(batch, row, id);
      // It may be the first of a series that is its own right.
      if (isRight) lefts = this.#pairs.leftsOf(id);
    }
  }

  #onTick({ tick, watermarks }: SampleBatch): void {
    if (this.#tick.value !== Number.NEGATIVE_INFINITY) {
      this.#idleClock.value += Math.min(tick - this.#tick.value, LONGEST_STEP);
    }
    this.#tick.value = tick;
    watermarks.series.forEach((id, i) => {
      this.#watermark.values[id] = Math.max(this.#watermark.values[id], watermarks.time[i]);
    });
    for (const left of this.#pairs.lefts()) this.#goOn(left);
  }

  #onRight(batch: SampleBatch, row: number, id: number, lefts: readonly number[]): void {
    const time = batch.time[row];
    this.#seen.values[id] = this.#idleClock.value;
    this.#watermark.values[id] = Math.max(this.#watermark.values[id], time);
    if (this.#remember(batch, row, id)) {
      for (const left of lefts) {
        this.#emitAgain(left, id, time);
        this.#stretches?.miss(left, time);
      }
    }
    for (const left of lefts) this.#goOn(left);
  }

  /** True if the right series has another value from the row's time on than was known. */
  #remember(batch: SampleBatch, row: number, id: number): boolean {
    const { columns } = this.#rights.rows;
    const time = batch.time[row];
    const place = this.#rights.lowerBound(id, time);
    const known = this.#rights.find(id, time, place);
    const label = this.#labelOf(batch, row);
    const value = label === 0 ? batch.value[row] : 0;
    const uncertain = batch.quality[row] === Quality.uncertain ? 1 : 0;
    const at = known ?? this.#rights.insert(id, time, place);
    if (at === undefined) {
      this.#context.count('join: late', 1);
      this.#release(label);
      return false;
    }
    if (known !== undefined) {
      this.#release(columns.label[at]);
      const isSame = columns.label[at] === label && columns.value[at] === value && columns.uncertain[at] === uncertain;
      if (isSame) return false;
    }
    columns.value[at] = value;
    columns.label[at] = label;
    columns.uncertain[at] = uncertain;
    return true;
  }

  /** Once more used where it is that of a text. */
  #labelOf({ value, quality, kind, text, texts }: SampleBatch, row: number): number {
    if (quality[row] === Quality.bad) return NO_VALUE;
    if (kind?.[row] !== Kind.text) return Number.isNaN(value[row]) ? NO_VALUE : 0;
    const label = this.#labels.use(texts?.[text?.[row] ?? 0] ?? '');
    if (label !== undefined) return label;
    this.#context.count('join: no room for text', 1);
    return NO_VALUE;
  }

  #release(label: number): void {
    if (label !== NO_VALUE) this.#labels.release(label);
  }

  #onLeft({ time, value, quality, kind }: SampleBatch, row: number, id: number): void {
    if (kind?.[row] === Kind.text) return this.#context.count('join: text', 1);
    this.#pairs.add(id);
    if (this.#waiting.count(id) === 0 && this.#isReady(id, time[row])) {
      return this.#join(id, time[row], value[row], quality[row]);
    }
    const waits = this.#waiting.count(id) < MAX_WAITING ? this.#waiting.push(id) : undefined;
    if (waits === undefined) {
      this.#goOn(id, true);
      return this.#join(id, time[row], value[row], quality[row]);
    }
    const { columns } = this.#waiting;
    columns.time[waits] = time[row];
    columns.value[waits] = value[row];
    columns.quality[waits] = quality[row];
  }

  /** Joins what has waited and need not any more, in the order in which it came. */
  #goOn(left: number, isForced = false): void {
    const { columns } = this.#waiting;
    const count = this.#waiting.count(left);
    let gone = 0;
    for (; gone < count; gone++) {
      const row = this.#waiting.at(left, gone);
      const time = columns.time[row];
      if (!isForced && !this.#isReady(left, time)) break;
      this.#join(left, time, columns.value[row], columns.quality[row]);
    }
    this.#waiting.drop(left, gone);
  }

  /** Event time of the right series has come as far, or it is silent. */
  #isReady(left: number, time: number): boolean {
    const right = this.#pairs.rightOf(left);
    if (right !== undefined && this.#watermark.values[right] >= time) return true;
    const seen = right === undefined ? 0 : this.#seen.values[right];
    return this.#idleClock.value - seen >= this.#context.config.wait;
  }

  #join(id: number, time: number, value: number, quality: number): void {
    const number = quality === Quality.bad ? Number.NaN : value;
    const uncertain = quality === Quality.uncertain ? 1 : 0;
    this.#stretches?.fold(id, this.#pairs.rightOf(id), { time, value: number, uncertain });
    const { columns } = this.#lefts.rows;
    const place = this.#lefts.lowerBound(id, time);
    const known = this.#lefts.find(id, time, place);
    if (known === undefined && Number.isNaN(number)) {
      this.#context.count(quality === Quality.bad ? 'join: bad quality' : 'join: not a number', 1);
      return;
    }
    if (known !== undefined && Object.is(columns.value[known], number) && columns.uncertain[known] === uncertain)
      return;
    if (!this.#context.config.emit) return;
    const at = known ?? this.#lefts.insert(id, time, place);
    if (at === undefined) {
      // Too old to be remembered, or no room: what comes of its right will not change it.
      const match = this.#match(this.#pairs.rightOf(id), time);
      const left = { series: id, time, value: number, isUncertain: uncertain === 1, emissions: 0 };
      if (match) this.#results.add(left, match, undefined);
      else this.#context.count('join: no match', 1);
      return;
    }
    columns.value[at] = number;
    columns.uncertain[at] = uncertain;
    this.#emit(id, at);
  }

  /** The remembered left samples that the right one of time `from` is the newest for: it is another. */
  #emitAgain(left: number, right: number, from: number): void {
    const { rows } = this.#lefts;
    const count = rows.count(left);
    const first = this.#lefts.lowerBound(left, from);
    if (first === count || this.#pairs.rightOf(left) !== right) return;
    const to = this.#rights.timeAfter(right, from);
    for (let place = first; place < count; place++) {
      const row = rows.at(left, place);
      if (rows.columns.time[row] >= to) return;
      this.#emit(left, row);
    }
  }

  #emit(id: number, at: number): void {
    const { columns } = this.#lefts.rows;
    const time = columns.time[at];
    const value = columns.value[at];
    const emissions = columns.emissions[at];
    const row = Number.isNaN(value) ? undefined : this.#rowOf(this.#pairs.rightOf(id), time);
    if (row !== undefined && emissions === 0 && this.#rights.rows.columns.label[row] === 0) {
      // Most are: two numbers, for the first time. No objects are made of them.
      const { columns: right } = this.#rights.rows;
      const quality = columns.uncertain[at] === 1 || right.uncertain[row] === 1 ? Quality.uncertain : Quality.good;
      this.#results.addNumbers(id, time, value, right.value[row], quality);
      columns.emissions[at] = 1;
      columns.isMatched[at] = 1;
      return;
    }
    const match = row === undefined ? undefined : this.#matchAt(row);
    const before = columns.isMatched[at] === 1 ? this.#matchBefore(columns.label[at]) : undefined;
    if (!match && !before) {
      if (emissions === 0 && !Number.isNaN(value)) this.#context.count('join: no match', 1);
      return;
    }
    this.#results.add({ series: id, time, value, isUncertain: columns.uncertain[at] === 1, emissions }, match, before);
    columns.emissions[at]++;
    columns.isMatched[at] = match ? 1 : 0;
    const label = match?.label === undefined ? 0 : (this.#labels.use(match.label) ?? 0);
    this.#labels.release(columns.label[at]);
    columns.label[at] = label;
  }

  #matchBefore(label: number): Match {
    return { right: Number.NaN, label: label === 0 ? undefined : this.#labels.text(label), isUncertain: false };
  }

  #match(right: number | undefined, time: number): Match | undefined {
    const row = this.#rowOf(right, time);
    return row === undefined ? undefined : this.#matchAt(row);
  }

  /** The newest right sample at or before `time`, unless it has no value or is too old. */
  #rowOf(right: number | undefined, time: number): number | undefined {
    if (right === undefined) return undefined;
    const { rows } = this.#rights;
    const place = this.#rights.lowerBound(right, time + 1) - 1;
    if (place < 0) return undefined;
    const row = rows.at(right, place);
    const isMatch = rows.columns.label[row] !== NO_VALUE && time - rows.columns.time[row] <= this.#tolerance;
    return isMatch ? row : undefined;
  }

  #matchAt(row: number): Match {
    const { value, label, uncertain } = this.#rights.rows.columns;
    const text = label[row] === 0 ? undefined : this.#labels.text(label[row]);
    return { right: value[row], label: text, isUncertain: uncertain[row] === 1 };
  }
}
