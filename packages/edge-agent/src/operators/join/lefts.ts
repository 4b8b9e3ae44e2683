import { Kind, type OperatorContext, Quality, type SampleBatch, type SeriesColumn } from '@sluis/plugin-sdk';
import type { JoinConfig } from './config.ts';
import type { Labels } from './labels.ts';
import { labelOfLeft, markOf, nothing, readMark } from './left-mark.ts';
import type { Pairs } from './pairs.ts';
import type { Match, Results } from './results.ts';
import type { Rights } from './rights.ts';
import { CAPACITY, SortedRing } from './sorted-ring.ts';
import type { Stretches } from './stretches.ts';

type Parts = Readonly<{
  pairs: Pairs;
  rights: Rights;
  labels: Labels;
  results: Results;
  stretches: Stretches | undefined;
}>;

/** NaN where it has no number. */
interface Left {
  readonly time: number;
  readonly value: number;
  readonly isUncertain: boolean;
}

/**
 * The left samples that are remembered, in order of time: those that have been joined, and behind them those that wait. Of what
 * waits, the mark says only whether it is uncertain.
 */
export class Lefts {
  readonly #context: OperatorContext<JoinConfig>;
  readonly #parts: Parts;
  readonly #ring: SortedRing<'value' | 'mark'>;
  /** How many of the newest rows of each series wait, and the time up to which the series has been joined. */
  readonly #waiting: SeriesColumn;
  readonly #joined: SeriesColumn;
  readonly #found = new Float64Array(CAPACITY);

  constructor(context: OperatorContext<JoinConfig>, parts: Parts) {
    const { state } = context;
    this.#context = context;
    this.#parts = parts;
    this.#ring = new SortedRing(context, 'lefts remembered', {
      fields: ['value', 'mark'],
      kept: (series) => this.#waiting.values[series],
      forget: (series, count) => {
        if (parts.labels.isEmpty) return;
        const { rows } = this.#ring;
        for (let place = 0; place < count; place++) {
          parts.labels.release(labelOfLeft(rows.columns.mark[rows.at(series, place)]));
        }
      },
    });
    this.#waiting = state.float64('waiting', 0);
    this.#joined = state.float64('joined', Number.NEGATIVE_INFINITY);
  }

  reserve(series: number): void {
    this.#waiting.reserve(series);
    this.#joined.reserve(series);
  }

  /** The time up to which a series has been joined; -Infinity if it has not been. */
  joined(id: number): number {
    return this.#joined.values[id];
  }

  /** True if samples of a series wait. */
  waits(id: number): boolean {
    return this.#waiting.values[id] > 0;
  }

  /** Rows [from, to) of one series: those up to `until` are joined at once, others wait. */
  take(batch: SampleBatch, id: number, from: number, to: number, until: number): void {
    let row = from;
    while (row < to) {
      const next = this.#append(batch, id, row, to);
      if (next === row) this.#takeOne(batch, id, row++, until);
      else {
        this.goOn(id, until);
        row = next;
      }
    }
  }

  /** Joins what waits and is not later than `until`, in order of time. */
  goOn(id: number, until: number): void {
    const waiting = this.#waiting.values[id];
    if (waiting === 0) return;
    const { rows } = this.#ring;
    const { stride } = rows;
    const { time } = rows.columns;
    const count = rows.count(id);
    let place = count - waiting;
    while (place < count) {
      const from = rows.at(id, place);
      const end = from + rows.stretch(id, place) * stride;
      let to = from;
      while (to < end && time[to] <= until) to += stride;
      if (to === from) break;
      this.#joined.values[id] = time[to - stride];
      this.#join(id, from, to);
      place += (to - from) / stride;
      if (to < end) break;
    }
    this.#waiting.values[id] = count - place;
  }

  /** What has been joined of a left series, and the right one of time `from` is the newest for: it is another. */
  joinAgain(id: number, right: number, from: number): void {
    const { rows } = this.#ring;
    const end = rows.count(id) - this.#waiting.values[id];
    const first = this.#ring.lowerBound(id, from);
    if (first >= end || this.#parts.pairs.rightOf(id) !== right) return;
    const to = this.#parts.rights.ring.timeAfter(right, from);
    for (let place = first; place < end; place++) {
      const row = rows.at(id, place);
      if (rows.columns.time[row] >= to) return;
      this.#emit(id, row);
    }
  }

  /** The fast path: rows from `from` on that are good numbers, and later than all before. They wait; returns the row after them. */
  #append({ time, value, quality, horizon }: SampleBatch, id: number, from: number, to: number): number {
    let last = Math.max(this.#joined.values[id], this.#ring.newest(id));
    let row = from;
    // The number of a text is NaN.
    while (row < to && time[row] > last && time[row] <= horizon && isGood(value[row], quality[row])) last = time[row++];
    if (row === from) return from;
    this.#parts.pairs.add(id);
    const kept = this.#waiting.values[id];
    const taken = this.#ring.append(id, { time, value }, { from, to: row, kept });
    this.#waiting.values[id] += taken;
    return from + taken;
  }

  #takeOne(batch: SampleBatch, id: number, row: number, until: number): void {
    const { quality, kind, horizon } = batch;
    const time = batch.time[row];
    if (time > horizon) return this.#context.count('join: beyond horizon', 1);
    if (kind?.[row] === Kind.text) return this.#context.count('join: text', 1);
    this.#parts.pairs.add(id);
    const value = quality[row] === Quality.bad ? Number.NaN : batch.value[row];
    const left = { time, value, isUncertain: quality[row] === Quality.uncertain };
    if (time <= this.#joined.values[id]) return this.#takeLate(id, left, quality[row]);
    const known = this.#ring.find(id, time);
    if (known !== undefined) return this.#write(known, left);
    if (Number.isNaN(value)) {
      this.#countNoNumber(quality[row]);
      if (!this.#parts.stretches) return;
    }
    const at = this.#ring.insert(id, time, { kept: this.#waiting.values[id] });
    if (at === undefined) return this.#takeForced(id, left, quality[row]);
    this.#write(at, left);
    this.#waiting.values[id]++;
    this.goOn(id, until);
  }

  /** There is no more room to wait. */
  #takeForced(id: number, left: Left, quality: number): void {
    this.goOn(id, Number.POSITIVE_INFINITY);
    if (left.time <= this.#joined.values[id]) return this.#takeLate(id, left, quality);
    const at = this.#ring.insert(id, left.time);
    if (at === undefined) {
      this.#joined.values[id] = left.time;
      this.#fold(id, left);
      return this.#emitUnknown(id, left);
    }
    this.#write(at, left);
    this.#waiting.values[id] = 1;
    this.goOn(id, Number.POSITIVE_INFINITY);
  }

  /** Others of its time, or later ones, have been joined. */
  #takeLate(id: number, left: Left, quality: number): void {
    this.#fold(id, left);
    const { time, value, isUncertain } = left;
    const known = this.#ring.find(id, time);
    if (known === undefined && Number.isNaN(value)) return this.#countNoNumber(quality);
    const { columns } = this.#ring.rows;
    const mark = known === undefined ? nothing : readMark(columns.mark[known]);
    if (known !== undefined && Object.is(columns.value[known], value) && mark.isUncertain === isUncertain) return;
    if (!this.#context.config.emit) return;
    const at = known ?? this.#ring.insert(id, time, { kept: this.#waiting.values[id] });
    if (at === undefined) return this.#emitUnknown(id, left);
    columns.value[at] = value;
    columns.mark[at] = markOf({ ...mark, isUncertain });
    this.#emit(id, at);
  }

  #write(at: number, { value, isUncertain }: Left): void {
    const { columns } = this.#ring.rows;
    columns.value[at] = value;
    columns.mark[at] = isUncertain ? 1 : 0;
  }

  /** Joins rows [from, to) of the ring for the first time. */
  #join(id: number, from: number, to: number): void {
    const { time, value, mark } = this.#ring.rows.columns;
    let row = from;
    while (row < to) {
      row = this.#joinRising(id, row, to);
      if (row === to) return;
      const isUncertain = mark[row] === 1;
      this.#fold(id, { time: time[row], value: value[row], isUncertain });
      mark[row] = markOf({ ...nothing, isUncertain });
      if (this.#context.config.emit) this.#emit(id, row);
      row += this.#ring.rows.stride;
    }
  }

  /** The fast path: rows from `from` on that are joined to good numbers, as they are. Returns the row after them. */
  #joinRising(id: number, from: number, to: number): number {
    const { pairs, rights, results, stretches } = this.#parts;
    const { columns, stride } = this.#ring.rows;
    const right = pairs.rightOf(id);
    if (stretches || right === undefined) return from;
    let end = from;
    while (end < to && isGood(columns.value[end], columns.mark[end])) end += stride;
    if (end === from) return from;
    const lefts = { time: columns.time, value: columns.value, from, to: end, stride };
    const count = rights.matchRising(right, lefts, this.#found);
    if (count > 0) results.addNumbers(id, lefts, this.#found, count);
    return from + count * stride;
  }

  #emit(id: number, at: number): void {
    const { labels, results } = this.#parts;
    const { time, value, mark } = this.#ring.rows.columns;
    const { isUncertain, isMatched, emissions, label } = readMark(mark[at]);
    const match = Number.isNaN(value[at]) ? undefined : this.#matchOf(id, time[at]);
    if (!match && !isMatched) {
      if (emissions === 0 && !Number.isNaN(value[at])) this.#context.count('join: no match', 1);
      return;
    }
    const before = isMatched ? { right: Number.NaN, label: labels.textOf(label), isUncertain: false } : undefined;
    const left = { series: id, time: time[at], value: value[at], isUncertain, revision: emissions };
    results.add(left, match, before);
    const next = match?.label === undefined ? 0 : (labels.use(match.label) ?? 0);
    labels.release(label);
    mark[at] = markOf({ isUncertain, isMatched: match !== undefined, emissions: emissions + 1, label: next });
  }

  /** It is not remembered: what comes of its right will not change it. */
  #emitUnknown(id: number, { time, value, isUncertain }: Left): void {
    if (Number.isNaN(value) || !this.#context.config.emit) return;
    const match = this.#matchOf(id, time);
    if (!match) this.#context.count('join: no match', 1);
    else this.#parts.results.add({ series: id, time, value, isUncertain, revision: 0 }, match, undefined);
  }

  #matchOf(id: number, time: number): Match | undefined {
    const { pairs, rights } = this.#parts;
    const right = pairs.rightOf(id);
    const row = right === undefined ? undefined : rights.rowOf(right, time);
    return row === undefined ? undefined : rights.matchAt(row);
  }

  #fold(id: number, left: Left): void {
    this.#parts.stretches?.fold(id, this.#parts.pairs.rightOf(id), left);
  }

  #countNoNumber(quality: number): void {
    this.#context.count(quality === Quality.bad ? 'join: bad quality' : 'join: not a number', 1);
  }
}

/** Of good quality, or without a mark. */
function isGood(value: number, quality: number): boolean {
  return quality === 0 && !Number.isNaN(value);
}
