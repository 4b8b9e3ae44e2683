import {
  isSample,
  type Line,
  replaysExactly,
  run,
  type Sample,
  sample,
  type SampleValue,
} from '@sluis/plugin-sdk/testing';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { z } from 'zod';
import { window } from '../window.ts';
import { aggregates, type windowConfig } from './config.ts';
import { RELATIVE_ERROR } from './quantiles.ts';

type Config = z.input<typeof windowConfig>;

const SECOND = 1_000_000;
const END = 3600 * SECOND;
const quantiles = ['p0', 'p50', 'p99.9'] as const;
const numbers = [...aggregates.filter((name) => name !== 'duration'), ...quantiles];
const all = [...numbers, 'duration' as const];

/** Each kind, and what its windows are of sorted samples: start, samples, and the time to which the last one holds. */
const kinds: Record<string, { config: Config; windows: (samples: readonly Sample[]) => Window[] }> = {
  tumbling: { config: { every: '10s', aggregate: numbers }, windows: (samples) => aligned(samples, 10, 10) },
  hopping: { config: { every: '4s', size: '10s', aggregate: numbers }, windows: (samples) => aligned(samples, 4, 10) },
  sliding: {
    config: { sliding: '6s', aggregate: numbers },
    windows: (samples) =>
      samples.map(({ time }) => ({
        start: time,
        samples: samples.filter((other) => other.time > time - 6 * SECOND && other.time <= time),
        until: time,
      })),
  },
  session: {
    config: { session: '4s', aggregate: all },
    windows: (samples) => cut(samples, (before, { time }) => time - before[before.length - 1].time < 4 * SECOND),
  },
  count: {
    config: { count: 3, aggregate: numbers },
    windows: (samples) => cut(samples, (before) => before.length < 3),
  },
  state: {
    config: { state: true, aggregate: all },
    windows: (samples) => {
      const windows = cut(samples, ([first], { value }) => first.value === value);
      return windows.map((window, i) => ({ ...window, until: windows[i + 1]?.start ?? window.until }));
    },
  },
};

interface Window {
  readonly start: number;
  readonly samples: readonly Sample[];
  readonly until: number;
}

function aligned(samples: readonly Sample[], every: number, size: number): Window[] {
  const windows: Window[] = [];
  for (let start = -60 * SECOND; start < 4000 * SECOND; start += every * SECOND) {
    const end = start + size * SECOND;
    const own = samples.filter(({ time }) => time >= start && time < end);
    if (own.length > 0) windows.push({ start, samples: own, until: end });
  }
  return windows;
}

function cut(samples: readonly Sample[], goesOn: (before: readonly Sample[], next: Sample) => boolean): Window[] {
  const windows: Sample[][] = [];
  for (const next of samples) {
    const last = windows.at(-1);
    if (last && goesOn(last, next)) last.push(next);
    else windows.push([next]);
  }
  return windows.map((samples) => ({ start: samples[0].time, samples, until: samples[samples.length - 1].time }));
}

/** One aggregate, computed as it is defined. */
function naive({ samples, until }: Window, aggregate: string): SampleValue | undefined {
  const values = samples.map(({ value }) => Number(value));
  const n = values.length;
  const [first, last] = [samples[0], samples[n - 1]];
  if (aggregate === 'count') return n;
  if (aggregate === 'duration') return (until - first.time) / SECOND;
  if (aggregate === 'first') return first.value;
  if (aggregate === 'last') return last.value;
  if (typeof first.value === 'string') return undefined;
  const sum = values.reduce((a, b) => a + b, 0);
  if (aggregate === 'sum') return sum;
  if (aggregate === 'mean') return sum / n;
  if (aggregate === 'min') return Math.min(...values);
  if (aggregate === 'max') return Math.max(...values);
  if (aggregate === 'range') return Math.max(...values) - Math.min(...values);
  if (aggregate === 'stddev') {
    const squares = values.reduce((a, b) => a + (b - sum / n) ** 2, 0);
    return n > 1 ? Math.sqrt(squares / (n - 1)) : undefined;
  }
  if (aggregate === 'timeWeightedMean') {
    const held = samples.map(({ time }, i) => (i + 1 < n ? samples[i + 1].time : until) - time);
    const time = until - first.time;
    return time > 0 ? values.reduce((a, b, i) => a + b * held[i], 0) / time : values[0];
  }
  const rank = Math.max(1, Math.ceil((Number(aggregate.slice(1)) / 100) * n));
  return values.toSorted((a, b) => a - b)[rank - 1];
}

/** What counts of the rows of a series: the last of each time, in order of time, if it has a value. */
function sorted(rows: readonly Sample[]): Sample[] {
  const byTime = new Map(rows.map((row) => [row.time, row]));
  return [...byTime.values()]
    .filter(({ value, quality }) => quality !== 'bad' && !Number.isNaN(value))
    .sort((a, b) => a.time - b.time);
}

/** Values of states: few, so that they last and come again. */
const stateValue: fc.Arbitrary<SampleValue> = fc.constantFrom<SampleValue>(1, 2, true, 'RUN', 'STOP', Number.NaN);
const numberValue: fc.Arbitrary<SampleValue> = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 1, max: 400 }).map((quarters) => quarters / 4) },
  { weight: 1, arbitrary: fc.constant(Number.NaN) },
);

function linesOf(value: fc.Arbitrary<SampleValue>): fc.Arbitrary<Line[]> {
  const row = fc.record({
    series: fc.constantFrom('a', 'b'),
    step: fc.integer({ min: 0, max: 5 }),
    late: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.integer({ min: 1, max: 20 })),
    value,
    quality: fc.oneof(
      { weight: 9, arbitrary: fc.constant('good' as const) },
      fc.constantFrom('bad' as const, 'uncertain' as const),
    ),
    tick: fc.oneof({ weight: 5, arbitrary: fc.constant(false) }, fc.constant(true)),
    /** The sample comes again with this quality. */
    again: fc.oneof(
      { weight: 9, arbitrary: fc.constant(undefined) },
      fc.constantFrom('good' as const, 'uncertain' as const, 'bad' as const),
    ),
  });
  return fc.array(row, { maxLength: 60, size: 'max' }).map((rows) => {
    const newest: Record<string, number> = { a: 0, b: 0 };
    let tick = 0;
    const lines = rows.flatMap(({ series, step, late, value, quality, tick: isTick, again }): Line[] => {
      newest[series] += step / 2;
      const line = sample(series, (newest[series] - late / 2) * SECOND, value, { quality });
      const ticks = isTick ? [{ tick: ++tick * SECOND }] : [];
      return [line, ...ticks, ...(again ? [{ ...line, quality: again }] : [])];
    });
    // Much later two more samples, which close what is open, and ticks, which bring what has changed.
    const end = ['a', 'b'].flatMap((series) => [sample(series, END, -1), sample(series, END + 60 * SECOND, -2)]);
    const ticks = [1, 2, 3].map((more) => ({ tick: (tick + more) * SECOND }));
    return [...lines, ticks[0], ...end, ...ticks.slice(1)];
  });
}

const times = fc.record({
  lateness: fc.constantFrom('0s', '3s'),
  idle: fc.constantFrom('1s', '2s', undefined),
});

describe.each(Object.entries(kinds))('%s windows', (kind, { config, windows }) => {
  const lines = linesOf(kind === 'state' ? stateValue : numberValue);

  test('for any rows the last revisions are those over the sorted input without repeats', () => {
    fc.assert(
      fc.property(lines, times, (lines, times) => {
        const { samples } = run(window, { ...config, ...times }, lines);
        const rows = Map.groupBy(lines.filter(isSample), ({ series }) => series);
        const expected = new Map<string, SampleValue>();
        const qualities = new Map<string, Sample['quality']>();
        const open = new Set<string>();
        for (const [series, own] of rows) {
          for (const one of windows(sorted(own))) {
            for (const aggregate of config.aggregate) {
              const key = `${series}/s/${aggregate} ${one.start}`;
              const value = naive(one, aggregate);
              if (one.samples.some(({ time }) => time >= END)) open.add(key);
              else if (value !== undefined) expected.set(key, value);
              const isUncertain = one.samples.some(({ quality }) => quality === 'uncertain');
              qualities.set(key, isUncertain ? 'uncertain' : 'good');
            }
          }
        }
        const last = new Map(samples.map((result) => [`${result.series} ${result.time}`, result]));
        for (const [key, value] of expected) {
          expectClose(key, last.get(key)?.value, value);
          expect(last.get(key)?.quality, key).toBe(qualities.get(key));
        }
        for (const [key, { value, quality }] of last) {
          if (quality !== 'bad' && value !== 0 && !open.has(key)) expect(expected.get(key), key).toBeDefined();
        }
        expectRisingRevisions(samples);
      }),
      { numRuns: Number(process.env.SLUIS_TEST_RUNS ?? 30) },
    );
  });

  test('neither how rows are cut into batches nor a restore shows', () => {
    fc.assert(
      fc.property(lines, times, fc.nat(), (lines, times, seed) => {
        replaysExactly(window, { ...config, ...times }, lines, { seed, rounds: 1 });
      }),
      { numRuns: Number(process.env.SLUIS_TEST_RUNS ?? 30) / 10 },
    );
  });
});

/** The sample deviation of quarters, exact until its root is taken. */
function exactDeviation(values: readonly number[]): number {
  const quarters = values.map((value) => BigInt(value * 4));
  const n = BigInt(quarters.length);
  const sum = quarters.reduce((a, b) => a + b, 0n);
  const squares = quarters.reduce((a, b) => a + b * b, 0n);
  return Math.sqrt(Number(n * squares - sum * sum) / Number(n * (n - 1n))) / 4;
}

/** The samples one a second from 0 s, the first of them a little late, and one much later. */
function given(values: readonly number[]): Line[] {
  const rows = values.map((value, i) => sample('a', i * SECOND, value));
  return [...rows.slice(1, 3), ...rows.slice(0, 1), ...rows.slice(3), sample('a', END, 1), { tick: SECOND }];
}

const ofEight: Record<string, Omit<Config, 'aggregate'>> = {
  tumbling: { every: '10s' },
  hopping: { every: '10s', size: '20s' },
  sliding: { sliding: '10s' },
  session: { session: '4s' },
  count: { count: 8 },
};

describe.each(Object.entries(ofEight))('%s windows', (_, kind) => {
  /** Of the window with all eight: a sliding one is stamped with its last sample, the others with the first. */
  const resultsOf = (aggregate: Config['aggregate'], lines: readonly Line[]): unknown[][] =>
    run(window, { ...kind, aggregate, lateness: '4s', revise: '2h' }, lines)
      .samples.filter(({ time }) => time === ('sliding' in kind ? 7 * SECOND : 0))
      .map(({ value, quality, revision }) => [value, quality, revision]);

  test('have the deviation of large values that differ little', () => {
    const values = [0.25, 3, 1.5, 0, 7.75, 2, 0.5, 4].map((value) => 1e15 + value);
    const [[value]] = resultsOf(['stddev'], given(values));
    expect(Math.abs(Number(value) / exactDeviation(values) - 1)).toBeLessThan(1e-12);
  });

  test.each([[[0, -0, 0, 0, 0, 0, 0, 0]], [[-0, 0, -0, -0, -0, -0, -0, -0]]])('have 0 of 0 and -0: %j', (values) => {
    const good = [0, 'good', 0];
    expect(resultsOf(['min', 'max', 'p50'], given(values))).toEqual([good, good, good]);
  });

  test('leave out, or take back, what is no number of infinite values', () => {
    const infinite = given([1, 2, 3, 4, 5, 6, 7, Infinity]);
    const good = [Infinity, 'good', 0];
    expect(resultsOf(['mean', 'max', 'stddev', 'range'], infinite)).toEqual([good, good, good]);
    const corrected = [
      ...given([1, 2, 3, 4, 5, 6, 7, 8]),
      sample('a', 7 * SECOND, -Infinity),
      { tick: 2 * SECOND },
      sample('a', 7 * SECOND, 8),
      { tick: 3 * SECOND },
    ];
    expect(resultsOf(['stddev'], corrected)).toEqual([
      [Math.sqrt(6), 'good', 0],
      [Number.NaN, 'bad', 1],
      [Math.sqrt(6), 'good', 2],
    ]);
  });
});

test('windows that overlap have the deviation of large values over several of their parts', () => {
  const values = [0.25, 3, 1.5, 0, 7.75, 2, 0.5, 4].map((value) => 1e15 + value);
  const rows = [...values, 1, 1].map((value, i) => sample('a', i * SECOND, value));
  const { samples } = run(window, { every: '3s', size: '8s', aggregate: ['stddev'] }, rows);
  const whole = samples.find(({ time }) => time === 0);
  expect(Math.abs(Number(whole?.value) / exactDeviation(values) - 1)).toBeLessThan(1e-12);
});

function expectClose(key: string, found: SampleValue | undefined, expected: SampleValue): void {
  const isExact = /\/(count|min|max|first|last) /.test(key) || typeof expected !== 'number';
  if (isExact) return expect(found, key).toBe(expected);
  const tolerance = /\/p[\d.]+ /.test(key) ? RELATIVE_ERROR * (1 + 1e-12) : 1e-9;
  expect(typeof found, key).toBe('number');
  const scale = Math.max(Math.abs(Number(expected)), /stddev/.test(key) ? 1e-3 : 0);
  expect(Math.abs(Number(found) - Number(expected)), `${key}: ${found}, not ${expected}`).toBeLessThanOrEqual(
    tolerance * scale,
  );
}

function expectRisingRevisions(samples: readonly Sample[]): void {
  const last = new Map<string, number>();
  for (const { series, time, revision } of samples) {
    const key = `${series} ${time}`;
    expect(revision, key).toBeGreaterThan(last.get(key) ?? -1);
    last.set(key, revision);
  }
}
