import { BatchBuilder, Quality } from '@sluis/protocol';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { doubles, Harness } from './harness.ts';
import { window } from './window.ts';

const SECOND = 1_000_000;
const all = ['count', 'sum', 'mean', 'min', 'max', 'first', 'last', 'stddev'];

function tenSeconds(options: object = {}): Harness<unknown> {
  return new Harness(window, { every: '10s', aggregate: ['count', 'mean'], ...options });
}

/** `count` and `mean` of each emission, as [start in s, count, mean, revision]. */
function emissions(harness: Harness<unknown>): (readonly number[])[] {
  const counts = harness.results.filter(({ series }) => series.endsWith('/s/count'));
  const means = harness.results.filter(({ series }) => series.endsWith('/s/mean'));
  return counts.map(({ time, value, revision }, i) => [time / SECOND, value, means[i].value, revision]);
}

test('a window closes when a row has passed its end, and never before', () => {
  const harness = tenSeconds();
  harness.next(
    doubles([
      [harness.id('a'), 1 * SECOND, 1],
      [0, 9.999999 * SECOND, 2],
    ]),
  );
  expect(emissions(harness)).toEqual([]);
  harness.next(doubles([[0, 10 * SECOND, 5]]));
  expect(emissions(harness)).toEqual([[0, 2, 1.5, 0]]);
  expect(harness.results.map(({ series }) => series)).toEqual(['a/s/count', 'a/s/mean']);
});

test('windows before 1970 are aligned too', () => {
  const harness = tenSeconds();
  harness.next(
    doubles([
      [harness.id('a'), -10 * SECOND, 1],
      [0, -1, 3],
      [0, 0, 5],
    ]),
  );
  expect(emissions(harness)).toEqual([[-10, 2, 2, 0]]);
});

test('watermarks of a tick close what rows dropped upstream have left behind', () => {
  const harness = tenSeconds();
  harness.next(doubles([[harness.id('a'), 1 * SECOND, 1]]));
  harness.tickTo(1, { series: Uint32Array.of(0), time: Float64Array.of(9 * SECOND) });
  expect(emissions(harness)).toEqual([]);
  harness.tickTo(2, { series: Uint32Array.of(0), time: Float64Array.of(10 * SECOND) });
  expect(emissions(harness)).toEqual([[0, 1, 1, 0]]);
});

test('a late row re-emits its window at the next tick, once, with the next revision', () => {
  const harness = tenSeconds();
  harness.next(
    doubles([
      [harness.id('a'), 1 * SECOND, 1],
      [0, 11 * SECOND, 9],
    ]),
  );
  harness.next(
    doubles([
      [0, 2 * SECOND, 3],
      [0, 3 * SECOND, 5],
    ]),
  );
  expect(emissions(harness)).toEqual([[0, 1, 1, 0]]);
  harness.tickTo(1);
  harness.tickTo(2);
  expect(emissions(harness).slice(1)).toEqual([[0, 3, 3, 1]]);
});

test('lateness holds a window open', () => {
  const harness = tenSeconds({ lateness: '5s' });
  harness.next(
    doubles([
      [harness.id('a'), 1 * SECOND, 1],
      [0, 14 * SECOND, 9],
      [0, 2 * SECOND, 3],
    ]),
  );
  expect(emissions(harness)).toEqual([]);
  harness.next(doubles([[0, 15 * SECOND, 9]]));
  expect(emissions(harness)).toEqual([[0, 2, 2, 0]]);
});

test('a repeat changes nothing, a correction counts instead of what it replaces', () => {
  const harness = tenSeconds();
  harness.next(
    doubles([
      [harness.id('a'), 1 * SECOND, 1],
      [0, 1 * SECOND, 1],
      [0, 2 * SECOND, 4],
      [0, 2 * SECOND, 3],
    ]),
  );
  harness.next(doubles([[0, 10 * SECOND, 0]]));
  expect(emissions(harness)).toEqual([[0, 2, 2, 0]]);
});

test('bad, NaN and text take no part, and take back what they replace', () => {
  const harness = tenSeconds();
  harness.next(
    doubles([
      [harness.id('a'), 1 * SECOND, 1],
      [0, 2 * SECOND, 7, Quality.bad],
      [0, 3 * SECOND, Number.NaN],
      [0, 10 * SECOND, 0],
    ]),
  );
  expect(emissions(harness)).toEqual([[0, 1, 1, 0]]);
  expect(harness.counts).toEqual({ 'window: bad quality': 1, 'window: not a number': 1 });
  harness.next(doubles([[0, 1 * SECOND, 1, Quality.bad]]));
  harness.tickTo(1);
  expect(emissions(harness).slice(1)).toEqual([[0, 0, Number.NaN, 1]]);
  expect(harness.results.at(-1)?.quality).toBe(Quality.bad);
});

test('results are uncertain if a sample was, and stddev is absent for one sample', () => {
  const harness = tenSeconds({ aggregate: ['stddev', 'count'] });
  harness.next(
    doubles([
      [harness.id('a'), 1 * SECOND, 1, Quality.uncertain],
      [0, 11 * SECOND, 1],
      [0, 12 * SECOND, 3],
      [0, 20 * SECOND, 0],
    ]),
  );
  expect(harness.results).toEqual([
    { series: 'a/s/count', time: 0, value: 1, quality: Quality.uncertain, revision: 0 },
    { series: 'a/s/stddev', time: 10 * SECOND, value: Math.SQRT2, quality: Quality.good, revision: 0 },
    { series: 'a/s/count', time: 10 * SECOND, value: 2, quality: Quality.good, revision: 0 },
  ]);
});

test('an idle series closes; a long pause of the agent counts for two seconds', () => {
  const harness = tenSeconds({ idle: '5s' });
  harness.tickTo(SECOND);
  harness.next(doubles([[harness.id('a'), 1 * SECOND, 1]]));
  harness.tickTo(3600 * SECOND);
  harness.tickTo(3602 * SECOND);
  expect(emissions(harness)).toEqual([]);
  harness.tickTo(3603 * SECOND);
  expect(emissions(harness)).toEqual([[0, 1, 1, 0]]);
  harness.next(doubles([[0, 2 * SECOND, 3]]));
  harness.tickTo(3604 * SECOND);
  expect(emissions(harness).slice(1)).toEqual([[0, 2, 2, 1]]);
});

test('a row beyond the horizon is ignored, a row beyond revision is dropped; both are counted', () => {
  const harness = tenSeconds();
  harness.horizon = 1000 * SECOND;
  harness.next(
    doubles([
      [harness.id('a'), 1 * SECOND, 1],
      [0, 1001 * SECOND, 1],
      [0, 10 * SECOND, 2],
      [0, 200 * SECOND, 2],
      [0, 2 * SECOND, 2],
    ]),
  );
  harness.tickTo(1);
  expect(emissions(harness)).toEqual([
    [0, 1, 1, 0],
    [10, 1, 2, 0],
  ]);
  expect(harness.counts).toEqual({ 'window: beyond horizon': 1, 'window: late': 1 });
});

test('results have the unit of what they aggregate, counts have none', () => {
  const harness = tenSeconds();
  harness.series.intern('a', 'Cel');
  harness.next(
    doubles([
      [0, 0, 1],
      [0, 10 * SECOND, 1],
    ]),
  );
  expect(harness.series.slice(1)).toEqual([
    { path: 'a/s/count', unit: '' },
    { path: 'a/s/mean', unit: 'Cel' },
  ]);
});

test('in a window with more samples than are remembered, nothing is lost, and what is not exact is counted', () => {
  const harness = new Harness<unknown>(window, { every: '1h', aggregate: ['count', 'sum', 'max'] });
  const id = harness.id('a');
  const n = 100_000;
  const builder = new BatchBuilder();
  for (let i = 0; i < n; i++) builder.double(id, 2 * i, 1);
  harness.next(builder.take());
  // Unordered and remembered, older than all remembered, a correction of a remembered one.
  harness.next(
    doubles([
      [id, 2 * n - 11, 5],
      [id, 11, 1],
      [id, 2 * n - 20, 3],
      [id, 3600 * SECOND, 0],
    ]),
  );
  expect(harness.results.map(({ value }) => value)).toEqual([n + 2, n + 2 + 4 + 2, 5]);
  expect(harness.counts).toEqual({ 'window: correction not exact': 1 });
});

test('where samples have come before that are not known, windows that may have had some are left out', () => {
  const secondsOf = (...times: number[]) => doubles(times.map((time) => [0, time * SECOND, 1] as const));
  const cut = new Harness<unknown>(window, { every: '10s', aggregate: ['count', 'mean'] }, undefined, { isCut: true });
  cut.id('a');
  cut.next(secondsOf(12, 13, 14, 5, 21, 22));
  const harness = new Harness<unknown>(window, { every: '10s', aggregate: ['count', 'mean'] }, cut.snapshot());
  harness.next(secondsOf(15, 6, 23, 31, 24));
  harness.tickTo(1);
  expect(emissions(cut)).toEqual([]);
  expect(cut.counts).toEqual({ 'window: late': 4 });
  expect(emissions(harness)).toEqual([
    [20, 3, 1, 0],
    [20, 4, 1, 1],
  ]);
  expect(harness.counts).toEqual({ 'window: late': 2 });
  // And those of a series that comes only now.
  harness.next(doubles([12, 13, 21, 31].map((time) => [harness.id('b'), time * SECOND, 1] as const)));
  expect(emissions(harness).slice(2)).toEqual([[20, 1, 1, 0]]);
});

test('beyond the windows held at once, the oldest is closed early and counted', () => {
  const harness = new Harness<unknown>(window, { every: '1s', aggregate: ['count'] });
  const builder = new BatchBuilder();
  for (let i = 0; i <= 2 ** 18; i++) builder.double(harness.id(`s${i}`), 0, 1);
  harness.next(builder.take());
  expect(harness.results).toEqual([{ series: 's0/s/count', time: 0, value: 1, quality: Quality.good, revision: 0 }]);
  expect(harness.counts).toEqual({ 'window: closed early': 1 });
});

test('the configuration says what is wrong with it', () => {
  for (const config of [
    { every: '10s', aggregate: ['median'] },
    { every: '0s', aggregate: ['mean'] },
    { every: '10s', aggregate: [] },
    { every: '1s', aggregate: ['min', 'min'] },
    { every: '1s', aggregate: ['min'], late: '1s' },
  ]) {
    expect(window.config.safeParse(config).success).toBe(false);
  }
});

const row = fc.record({
  series: fc.constantFrom('a', 'b', 'c'),
  // Few distinct times, so that repeats, corrections and disorder abound; within what may be revised.
  time: fc.integer({ min: -8, max: 45 }).map((time) => time * SECOND),
  value: fc.oneof(
    { weight: 5, arbitrary: fc.integer({ min: -3, max: 3 }) },
    { weight: 3, arbitrary: fc.double({ min: -1e6, max: 1e6, noNaN: true }) },
    { weight: 1, arbitrary: fc.constant(Number.NaN) },
  ),
  quality: fc.oneof({ weight: 6, arbitrary: fc.constant(Quality.good) }, fc.constant(Quality.bad)),
});
type Row = { series: string; time: number; value: number; quality: number };
/** Mostly rising rows, as machines send them, with disorder among them. */
const rows = fc
  .array(
    fc.oneof(
      { weight: 1, arbitrary: row.map((r) => ({ ...r, rising: false })) },
      { weight: 2, arbitrary: row.map((r) => ({ ...r, rising: true })) },
    ),
    { maxLength: 120 },
  )
  .map((list) => {
    const last: Record<string, number> = {};
    return list.map(({ rising, ...r }): Row => {
      if (rising)
        r.time = Math.min(48 * SECOND, (last[r.series] ?? -8 * SECOND) + (Math.abs(r.time) % (3 * SECOND)) + SECOND);
      last[r.series] = Math.max(last[r.series] ?? r.time, r.time);
      return r;
    });
  });
const steps = fc.array(fc.record({ rows, cuts: fc.array(fc.nat(120), { maxLength: 6 }) }), { maxLength: 6 });
type Steps = { rows: Row[]; cuts: number[] }[];
const config = fc.record({
  every: fc.constantFrom('1s', '10s', '15s'),
  aggregate: fc.constant(all),
  lateness: fc.constantFrom('0s', '7s'),
  idle: fc.constantFrom('1s', '3s', undefined),
});

function feed(harness: Harness<unknown>, { rows, cuts }: Steps[number], tick: number): void {
  const columns = doubles(rows.map((r) => [harness.id(r.series), r.time, r.value, r.quality] as const));
  harness.nextCut(columns, cuts);
  harness.tickTo(tick);
}

describe('for any rows', () => {
  test('the last revisions are those over the sorted input without repeats', () => {
    fc.assert(
      fc.property(steps, config, (steps, config) => {
        const harness = new Harness(window, config);
        steps.forEach((step, i) => feed(harness, step, (i + 1) * SECOND));
        const expected = naive(
          steps.flatMap(({ rows }) => rows),
          Number.parseInt(config.every, 10) * SECOND,
        );
        const last = new Map(harness.results.map((r) => [`${r.series} ${r.time}`, r]));
        const greatest = new Map<string, number>();
        for (const { rows } of steps)
          for (const r of rows) greatest.set(r.series, Math.max(greatest.get(r.series) ?? r.time, r.time));
        const end = Number.parseInt(config.every, 10) * SECOND + Number.parseInt(config.lateness, 10) * SECOND;
        for (const [key, result] of last)
          if (result.quality !== Quality.bad && result.value !== 0) expect(result.value, key).toBe(expected.get(key));
        for (const [key, value] of expected) {
          const [series, start] = key.split(' ');
          if (Number(start) + end <= (greatest.get(series[0]) ?? 0)) expect(last.get(key)?.value, key).toBe(value);
        }
      }),
      { numRuns: 300 },
    );
  });

  test('no revision is of a part of the samples, nor of one twice, where few are remembered', () => {
    const sample = fc.record({ jitter: fc.nat(3), late: fc.oneof(fc.constant(0), fc.nat(60)), value: fc.nat(3) });
    fc.assert(
      fc.property(fc.array(sample, { maxLength: 200, size: 'max' }), (samples) => {
        const harness = new Harness<unknown>(window, { every: '1s', aggregate: ['count'] }, undefined, {
          remembered: 1,
        });
        const id = harness.id('a');
        const seen = new Map<number, Set<number>>();
        let newest = 0;
        for (const { jitter, late, value } of samples) {
          const time = (Math.max(0, (newest += jitter) - late) * SECOND) / 10;
          const start = Math.floor(time / SECOND) * SECOND;
          seen.set(start, (seen.get(start) ?? new Set()).add(time));
          harness.next(doubles([[id, time, value]]));
          harness.tickTo(harness.tick + 1);
          for (const [start, counts] of Map.groupBy(harness.results, ({ time }) => time)) {
            const last = counts.at(-1)?.value ?? 0;
            expect(last).toBeGreaterThanOrEqual(counts.at(-2)?.value ?? 0);
            expect(last).toBeLessThanOrEqual(seen.get(start)?.size ?? 0);
          }
        }
      }),
      { numRuns: 20 },
    );
  });

  test('how they are cut into batches does not show', () => {
    fc.assert(
      fc.property(steps, config, (steps, config) => {
        const whole = new Harness(window, config);
        const cut = new Harness(window, config);
        steps.forEach((step, i) => {
          feed(whole, { ...step, cuts: [] }, (i + 1) * SECOND);
          feed(cut, step, (i + 1) * SECOND);
        });
        expect(cut.results).toEqual(whole.results);
      }),
    );
  });

  test('a restored operator continues bit by bit, though ids differ', () => {
    fc.assert(
      fc.property(steps, config, fc.nat(5), (steps, config, at) => {
        const whole = new Harness(window, config);
        steps.forEach((step, i) => feed(whole, step, (i + 1) * SECOND));
        const before = new Harness(window, config);
        steps.slice(0, at).forEach((step, i) => feed(before, step, (i + 1) * SECOND));
        const after = new Harness(window, config);
        for (const path of ['z', 'c', 'y']) after.id(path);
        const restored = new Harness(window, config, structuredClone(before.snapshot()));
        steps.slice(at).forEach((step, i) => feed(restored, step, (at + i + 1) * SECOND));
        expect([...before.results, ...restored.results]).toEqual(whole.results);
        expect(restored.counts).toEqual(
          Object.fromEntries(
            Object.entries(whole.counts)
              .map(([k, n]) => [k, n - (before.counts[k] ?? 0)])
              .filter(([, n]) => n !== 0),
          ),
        );
      }),
    );
  });
});

/** What each result series has at each start, computed from the sorted input without repeats. */
function naive(rows: readonly Row[], every: number): Map<string, number> {
  const samples = new Map<string, Map<number, number>>();
  for (const { series, time, value, quality } of rows) {
    const ofSeries = samples.get(series) ?? new Map<number, number>();
    samples.set(series, ofSeries.set(time, quality === Quality.bad ? Number.NaN : value));
  }
  const results = new Map<string, number>();
  for (const [series, ofSeries] of samples) {
    const windows = new Map<number, number[]>();
    for (const [time, value] of [...ofSeries].sort(([a], [b]) => a - b)) {
      if (Number.isNaN(value)) continue;
      const start = Math.floor(time / every) * every;
      windows.set(start, [...(windows.get(start) ?? []), value]);
    }
    for (const [start, values] of windows) {
      const n = values.length;
      const sum = values.reduce((a, b) => a + b, 0);
      let mean = 0;
      let m2 = 0;
      values.forEach((value, i) => {
        const delta = value - mean;
        mean += delta / (i + 1);
        m2 += delta * (value - mean);
      });
      const found: Record<string, number> = {
        count: n,
        sum,
        mean: sum / n,
        min: Math.min(...values),
        max: Math.max(...values),
        first: values[0],
        last: values[n - 1],
      };
      if (n > 1) found.stddev = Math.sqrt(m2 / (n - 1));
      for (const [name, value] of Object.entries(found)) results.set(`${series}/s/${name} ${start}`, value);
    }
  }
  return results;
}
