import { type OperatorContext, Quality, resultSeries, type SeriesColumn } from '@sluis/plugin-sdk';
import { compileStretchValue, type StretchValue } from '../cel/compile-value.ts';
import type { JoinConfig } from './config.ts';
import type { Labels } from './labels.ts';
import type { Results } from './results.ts';
import { labelOf, NO_VALUE, type RightRing } from './rights.ts';

/** A right series has had no sample; has its first value, of which nobody knows since when; has one that it was seen to take; has none. */
const NONE = 0;
const FIRST = 1;
const SEEN = 2;
const EMPTY = 3;

const MICROSECONDS = 1_000_000;

const fields = [
  'time',
  'value',
  'uncertain',
  'phase',
  'start',
  'right',
  'label',
  'count',
  'min',
  'max',
  'integral',
  'known',
  'doubt',
] as const;

/**
 * Of each left series the stretch in which its right one has one value, up to the newest left sample: `time`, `value` and
 * `uncertain` are of that sample, the others of the stretch. A left value lasts until the next one.
 */
export class Stretches {
  readonly #context: OperatorContext<JoinConfig>;
  readonly #rights: RightRing;
  readonly #labels: Labels;
  readonly #results: Results;
  readonly #wanted: readonly { readonly value: StretchValue; readonly series: (left: number) => number }[];
  readonly #columns: Readonly<Record<(typeof fields)[number], SeriesColumn>>;

  constructor(
    context: OperatorContext<JoinConfig>,
    {
      expressions,
      rights,
      labels,
      results,
    }: {
      readonly expressions: Readonly<Record<string, string>>;
      readonly rights: RightRing;
      readonly labels: Labels;
      readonly results: Results;
    },
  ) {
    this.#context = context;
    this.#rights = rights;
    this.#labels = labels;
    this.#results = results;
    this.#wanted = Object.entries(expressions).map(([name, expression]) => ({
      value: compileStretchValue(expression),
      series: resultSeries(context, name, () => ''),
    }));
    const initial: Partial<Record<string, number>> = { time: Number.NEGATIVE_INFINITY, value: Number.NaN };
    this.#columns = Object.fromEntries(
      fields.map((field) => [field, context.state.float64(`stretch: ${field}`, initial[field] ?? 0)]),
    ) as Record<(typeof fields)[number], SeriesColumn>;
  }

  reserve(series: number): void {
    for (const field of fields) this.#columns[field].reserve(series);
  }

  /** A left sample whose right is known; NaN where it has no number. */
  fold(
    id: number,
    right: number | undefined,
    { time, value, isUncertain }: { readonly time: number; readonly value: number; readonly isUncertain: boolean },
  ): void {
    const c = this.#columns;
    const before = c.time.values[id];
    if (time < before) return this.#context.count('join: late for its stretch', 1);
    // Of the very time of the newest: it has not been in force yet, nor counted twice.
    if (time === before && !Number.isNaN(c.value.values[id])) c.count.values[id]--;
    if (right !== undefined && time > before) {
      const { rows } = this.#rights;
      for (let place = this.#rights.lowerBound(right, before + 1); place < rows.count(right); place++) {
        const row = rows.at(right, place);
        if (rows.columns.time[row] > time) break;
        this.#turn(id, row);
      }
    }
    this.#lastUntil(id, time);
    c.value.values[id] = value;
    c.uncertain.values[id] = isUncertain ? 1 : 0;
    if (!Number.isNaN(value)) c.count.values[id]++;
  }

  /** A right sample came, or was corrected, that should have been there before. */
  miss(id: number, time: number): void {
    if (time <= this.#columns.time.values[id]) this.#context.count('join: late for its stretch', 1);
  }

  /** The newest left value has been in force up to `time`. */
  #lastUntil(id: number, time: number): void {
    const c = this.#columns;
    const length = time - c.time.values[id];
    const value = c.value.values[id];
    c.time.values[id] = time;
    if (Number.isNaN(value) || !(length > 0)) return;
    c.integral.values[id] += (value * length) / MICROSECONDS;
    c.known.values[id] += length;
    c.min.values[id] = Math.min(c.min.values[id], value);
    c.max.values[id] = Math.max(c.max.values[id], value);
    if (c.uncertain.values[id] === 1) c.doubt.values[id] = 1;
  }

  /** The right series has a sample, which may end the stretch. */
  #turn(id: number, row: number): void {
    const c = this.#columns;
    const { time, value, mark } = this.#rights.rows.columns;
    const phase = c.phase.values[id];
    const isEmpty = mark[row] === NO_VALUE;
    const label = isEmpty ? 0 : labelOf(mark[row]);
    const uncertain = isEmpty ? 0 : mark[row] % 2;
    const isEqual = isEmpty || (c.label.values[id] === label && c.right.values[id] === value[row]);
    if (phase !== NONE && (phase === EMPTY) === isEmpty && isEqual) {
      if (uncertain === 1) c.doubt.values[id] = 1;
      return;
    }
    this.#lastUntil(id, time[row]);
    if (phase === SEEN) this.#emit(id, time[row]);
    this.#labels.release(c.label.values[id]);
    c.phase.values[id] = isEmpty ? EMPTY : phase === NONE ? FIRST : SEEN;
    c.label.values[id] = label > 0 ? (this.#labels.use(this.#labels.text(label)) ?? 0) : 0;
    c.right.values[id] = value[row];
    c.start.values[id] = time[row];
    c.doubt.values[id] = uncertain;
    c.count.values[id] = 0;
    c.integral.values[id] = 0;
    c.known.values[id] = 0;
    c.min.values[id] = Number.POSITIVE_INFINITY;
    c.max.values[id] = Number.NEGATIVE_INFINITY;
  }

  #emit(id: number, end: number): void {
    const c = this.#columns;
    const start = c.start.values[id];
    const known = c.known.values[id] / MICROSECONDS;
    if (known === 0) return this.#context.count('join: nothing in its stretch', 1);
    const integral = c.integral.values[id];
    const stretch = {
      count: c.count.values[id],
      min: c.min.values[id],
      max: c.max.values[id],
      mean: integral / known,
      integral,
      duration: (end - start) / MICROSECONDS,
      right: c.right.values[id],
    };
    const code = c.label.values[id];
    const label = code === 0 ? undefined : this.#labels.text(code);
    const quality = c.doubt.values[id] === 1 ? Quality.uncertain : Quality.good;
    for (const { value, series } of this.#wanted) {
      const result = value(stretch, label, start);
      if (result === undefined) this.#context.count('join: no value', 1);
      else this.#results.emit(series(id), { time: start, revision: 0 }, result, quality);
    }
  }
}
