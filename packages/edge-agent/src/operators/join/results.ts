import {
  BatchBuilder,
  type Columns,
  noRows,
  type OperatorContext,
  ofSeries,
  pathLevel,
  Quality,
  resultPath,
} from '@sluis/plugin-sdk';
import { compilePairValue, type PairValue } from '../cel/compile-value.ts';
import { type JoinConfig, LABEL } from './config.ts';
import type { LeftRows } from './rights.ts';

const MAX_REVISION = 0xffff;
/** Texts that may become part of a path. */
const MAX_LABELS = 1024;
const NOWHERE = -1;

/** What a left sample is joined to. */
export interface Match {
  readonly right: number;
  /** Undefined where the right is a number. */
  readonly label: string | undefined;
  readonly isUncertain: boolean;
}

export interface LeftSample {
  readonly series: number;
  readonly time: number;
  readonly value: number;
  readonly isUncertain: boolean;
  readonly revision: number;
}

/** Computes results, and collects them. */
export class Results {
  readonly #context: OperatorContext<JoinConfig>;
  readonly #results: readonly Result[];
  readonly #labels;
  readonly #rows = new BatchBuilder();

  constructor(context: OperatorContext<JoinConfig>) {
    this.#context = context;
    this.#labels = context.state.map('labels of results', ['used'], { capacity: MAX_LABELS });
    this.#results = Object.entries(context.config.emit ?? {}).map(([name, expression]) => ({
      value: compilePairValue(expression),
      seriesOf: this.#seriesOf(name, expression),
    }));
  }

  /** `before`: what it was joined to when it was emitted before, which is taken back where it no longer is. */
  add(left: LeftSample, match: Match | undefined, before: Match | undefined): void {
    let isComplete = true;
    for (const { value, seriesOf } of this.#results) {
      const result = match && value(left.value, match.right, match.label, left.time);
      const to = match && result !== undefined ? seriesOf(left.series, match.label) : NOWHERE;
      const earlier = before ? seriesOf(left.series, before.label) : NOWHERE;
      if (earlier !== NOWHERE && earlier !== to) this.emit(earlier, left, Number.NaN, Quality.bad);
      if (match && result === undefined) isComplete = false;
      if (!match || result === undefined || to === NOWHERE) continue;
      const isUncertain = left.isUncertain || match.isUncertain;
      this.emit(to, left, result, isUncertain ? Quality.uncertain : Quality.good);
    }
    if (!isComplete) this.#context.count('join: no value', 1);
  }

  /** As {@link add} for the first so many rows, of good numbers that were not joined before; those that they are joined to are in `rights`. */
  addNumbers(id: number, lefts: LeftRows, rights: Float64Array, count: number): void {
    const rows = this.#rows;
    const step = this.#results.length;
    rows.reserve(count * step);
    for (let i = 0; i < step; i++) {
      const { value, seriesOf } = this.#results[i];
      const series = seriesOf(id, undefined);
      const into = { series, row: rows.length + i, step };
      if (series === NOWHERE || !writeNumbers(rows, into, { value, lefts, rights, count })) {
        return this.#addOneByOne(id, lefts, rights, count);
      }
    }
    rows.length += count * step;
  }

  #addOneByOne(id: number, { time, value, from, stride }: LeftRows, rights: Float64Array, count: number): void {
    for (let i = 0; i < count; i++) {
      const row = from + i * stride;
      const left = { series: id, time: time[row], value: value[row], isUncertain: false, revision: 0 };
      this.add(left, { right: rights[i], label: undefined, isUncertain: false }, undefined);
    }
  }

  take(): Columns {
    return this.#rows.length === 0 ? noRows : this.#rows.take();
  }

  emit(
    series: number,
    { time, revision }: Pick<LeftSample, 'time' | 'revision'>,
    value: number | string | boolean,
    quality: Quality,
  ): void {
    const rows = this.#rows;
    this.#put(series, time, value, quality);
    if (revision === 0) return;
    rows.revision ??= new Uint16Array(rows.series.length);
    rows.revision[rows.length - 1] = Math.min(revision, MAX_REVISION);
  }

  #put(series: number, time: number, value: number | string | boolean, quality: Quality): void {
    const rows = this.#rows;
    if (typeof value === 'number') rows.double(series, time, value, quality);
    else if (typeof value === 'string') rows.text(series, time, value, quality);
    else rows.boolean(series, time, value, quality);
  }

  /** By left series and label; what follows from names is found once for each. */
  #seriesOf(name: string, expression: string): Result['seriesOf'] {
    const unitOf = (unit: string): string => (expression.trim() === 'left' ? unit : '');
    const { series } = this.#context;
    const intern = (id: number, what: string): number =>
      series.intern(resultPath(this.#context, id, what), unitOf(series.definition(id).unit));
    const plain = ofSeries(series, ({ path }) => ({ id: intern(series.intern(path), name) }));
    if (!name.includes(LABEL)) return (id) => plain(id).id;
    const labelled = new Map<string, number>();
    return (id, label) => {
      if (label === undefined || label === '') return NOWHERE;
      if (this.#labels.open(label) === undefined) {
        this.#context.count('join: too many labels', 1);
        return NOWHERE;
      }
      const key = `${id} ${label}`;
      const known = labelled.get(key);
      if (known !== undefined) return known;
      const made = intern(id, name.replaceAll(LABEL, pathLevel(label)));
      labelled.set(key, made);
      return made;
    };
  }
}

interface Result {
  readonly value: PairValue;
  /** NOWHERE where it cannot have a name. */
  seriesOf(left: number, label: string | undefined): number;
}

/**
 * Writes the values of an expression behind the rows that a builder has, without counting them: each `step` rows from `row` on. False
 * where one is no number: then what was written is to be written over.
 */
function writeNumbers(
  rows: BatchBuilder,
  { series, row, step }: { readonly series: number; readonly row: number; readonly step: number },
  {
    value,
    lefts,
    rights,
    count,
  }: { readonly value: PairValue; readonly lefts: LeftRows; readonly rights: Float64Array; readonly count: number },
): boolean {
  const { series: toSeries, time: toTime, value: toValue } = rows;
  let from = lefts.from;
  let to = row;
  for (let i = 0; i < count; i++) {
    const result = value(lefts.value[from], rights[i], undefined, lefts.time[from]);
    if (typeof result !== 'number') return false;
    toSeries[to] = series;
    toTime[to] = lefts.time[from];
    toValue[to] = result;
    from += lefts.stride;
    to += step;
  }
  return true;
}
