import {
  bySeries,
  carrying,
  type OperatorContext,
  type SampleBatch,
  type Scalar,
  type SeriesColumn,
} from '@sluis/plugin-sdk';
import type { JoinConfig } from './config.ts';
import { Labels } from './labels.ts';
import { Lefts } from './lefts.ts';
import { Pairs } from './pairs.ts';
import { Results } from './results.ts';
import { Rights } from './rights.ts';
import { Stretches } from './stretches.ts';

/** What one tick counts for at most (µs) where a series waits for samples: a stopped agent has not waited. */
const LONGEST_STEP = 2_000_000;

/** As-of: each left sample with the newest right one at or before its time, as soon as that is known. */
export class Join {
  readonly #context: OperatorContext<JoinConfig>;
  readonly #pairs: Pairs;
  readonly #results: Results;
  readonly #rights: Rights;
  readonly #lefts: Lefts;
  readonly #stretches: Stretches | undefined;
  /** How far event time of right series has come, and the idle clock when each last had a sample. */
  readonly #watermark: SeriesColumn;
  readonly #seen: SeriesColumn;
  /** Of left series: up to where they were joined at the last tick, and the idle clock when that last went on, or nothing waited. */
  readonly #progress: SeriesColumn;
  readonly #since: SeriesColumn;
  readonly #idleClock: Scalar;
  readonly #tick: Scalar;

  constructor(context: OperatorContext<JoinConfig>) {
    const { config, state } = context;
    this.#context = context;
    const pairs = new Pairs(context);
    const labels = new Labels(state);
    const results = new Results(context);
    const rights = new Rights(context, labels);
    const stretches =
      config.while && new Stretches(context, { expressions: config.while, rights: rights.ring, labels, results });
    this.#lefts = new Lefts(context, { pairs, rights, labels, results, stretches });
    this.#pairs = pairs;
    this.#rights = rights;
    this.#results = results;
    this.#stretches = stretches;
    this.#watermark = state.float64('watermark', Number.NEGATIVE_INFINITY);
    this.#seen = state.float64('seen', 0);
    this.#progress = state.float64('progress', Number.NEGATIVE_INFINITY);
    this.#since = state.float64('since', 0);
    this.#idleClock = state.scalar('idle clock', 0);
    this.#tick = state.scalar('tick', Number.NEGATIVE_INFINITY);
  }

  next(batch: SampleBatch): SampleBatch {
    const { size } = this.#context.series;
    this.#watermark.reserve(size);
    this.#seen.reserve(size);
    this.#progress.reserve(size);
    this.#since.reserve(size);
    this.#lefts.reserve(size);
    this.#stretches?.reserve(size);
    if (batch.tick > this.#tick.value) this.#onTick(batch);
    bySeries(batch, (id, from, to) => this.#onRows(batch, id, from, to));
    return carrying(batch, this.#results.take());
  }

  #onTick({ tick, watermarks }: SampleBatch): void {
    if (this.#tick.value !== Number.NEGATIVE_INFINITY) {
      this.#idleClock.value += Math.min(tick - this.#tick.value, LONGEST_STEP);
    }
    this.#tick.value = tick;
    watermarks.series.forEach((id, i) => this.#advance(id, watermarks.time[i]));
    for (const left of this.#pairs.lefts()) {
      this.#goOn(left);
      this.#hurry(left);
    }
  }

  /** The clock of a right series that has samples may lag by a day: nothing waits for that. */
  #hurry(left: number): void {
    const joined = this.#lefts.joined(left);
    const idle = this.#idleClock.value;
    if (joined === this.#progress.values[left] && this.#lefts.waits(left)) {
      if (idle - this.#since.values[left] < this.#context.config.wait) return;
      this.#lefts.goOn(left, Number.POSITIVE_INFINITY);
    }
    this.#progress.values[left] = this.#lefts.joined(left);
    this.#since.values[left] = idle;
  }

  /** Rows [from, to) are of one series. */
  #onRows(batch: SampleBatch, id: number, from: number, to: number): void {
    const isLeft = this.#pairs.isLeft(id);
    const isRight = this.#pairs.isRight(id);
    if (isLeft && isRight) {
      // It may be its own right: each row is both before the next one is either.
      for (let row = from; row < to; row++) {
        this.#onRights(batch, id, row, row + 1);
        this.#lefts.take(batch, id, row, row + 1, this.#knownUntil(id));
      }
    } else if (isRight) this.#onRights(batch, id, from, to);
    else if (isLeft) this.#lefts.take(batch, id, from, to, this.#knownUntil(id));
  }

  #onRights(batch: SampleBatch, id: number, from: number, to: number): void {
    const lefts = this.#pairs.leftsOf(id);
    let row = from;
    while (row < to) {
      const next = this.#appendRights(batch, id, lefts, row, to);
      if (next === row) this.#onRight(batch, id, lefts, row++);
      else row = next;
    }
  }

  /**
   * The fast path: rows from `from` on that nothing was joined without, with one left series at most, as results of several come in
   * order of the rows that they waited for. Returns the row after them.
   */
  #appendRights(batch: SampleBatch, id: number, lefts: readonly number[], from: number, to: number): number {
    if (lefts.length > 1 || this.#stretches) return from;
    const joined = lefts.length === 0 ? Number.NEGATIVE_INFINITY : this.#lefts.joined(lefts[0]);
    const end = this.#rights.append(batch, id, from, to, Math.max(this.#watermark.values[id], joined));
    if (end === from) return from;
    this.#see(id, batch.time[end - 1]);
    if (lefts.length > 0) this.#goOn(lefts[0]);
    return end;
  }

  #onRight(batch: SampleBatch, id: number, lefts: readonly number[], row: number): void {
    const time = batch.time[row];
    if (time > batch.horizon) return this.#context.count('join: beyond horizon', 1);
    // Times are whole: what is earlier gets what it would if the row came later, also where the row takes the place of that.
    this.#see(id, time - 1);
    for (const left of lefts) this.#goOn(left);
    if (this.#rights.remember(batch, row, id)) {
      for (const left of lefts) {
        this.#lefts.joinAgain(left, id, time);
        this.#stretches?.miss(left, time);
      }
    }
    this.#advance(id, time);
    for (const left of lefts) this.#goOn(left);
  }

  #goOn(left: number): void {
    this.#lefts.goOn(left, this.#knownUntil(left));
  }

  /** How far event time of the right series has come; Infinity while that is silent. */
  #knownUntil(left: number): number {
    const right = this.#pairs.rightOf(left);
    const seen = right === undefined ? 0 : this.#seen.values[right];
    if (this.#idleClock.value - seen >= this.#context.config.wait) return Number.POSITIVE_INFINITY;
    return right === undefined ? Number.NEGATIVE_INFINITY : this.#watermark.values[right];
  }

  #see(right: number, time: number): void {
    this.#seen.values[right] = this.#idleClock.value;
    this.#advance(right, time);
  }

  #advance(right: number, time: number): void {
    this.#watermark.values[right] = Math.max(this.#watermark.values[right], time);
  }
}
