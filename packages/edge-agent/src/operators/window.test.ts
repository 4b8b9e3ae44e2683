import {
  EPOCH,
  isSample,
  type Line,
  marbles,
  parse,
  replaysExactly,
  type Run,
  run,
  type Sample,
  sample,
} from '@sluis/plugin-sdk/testing';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { z } from 'zod';
import { aggregates, type windowConfig } from './window/config.ts';
import { window } from './window.ts';

type Config = z.input<typeof windowConfig>;

const SECOND = 1_000_000;
const tenSeconds: Config = { every: '10s', aggregate: ['count', 'mean'] };

/** `count` and `mean` of each emission, as [start in s, count, mean, revision]. */
function emissions({ samples }: Run): unknown[][] {
  const counts = samples.filter(({ series }) => series.endsWith('/s/count'));
  const means = samples.filter(({ series }) => series.endsWith('/s/mean'));
  return counts.map(({ time, value, revision }, i) => [time / SECOND, value, means[i].value, revision]);
}

test('a window is over when the next one begins, and what comes late revises it with the next tick', () => {
  const at = { series: 'oven', step: '1s' } as const;
  const given = [
    ...marbles('-1-3--5---4|', {}, at),
    ...marbles('9', {}, { ...at, start: '2s' }),
    { tick: 12 * SECOND },
  ];
  const results = { a: 5, b: { value: 9, revision: 1 } } as const;
  const expected = marbles('(ab)', results, { ...at, series: 'oven/s/max' });
  expect(run(window, { every: '10s', aggregate: ['max'] }, given).samples).toEqual(expected);
});

test('a window closes when a row has passed its end, and never before', () => {
  const open = '1s a 1\n9999999us a 2';
  expect(run(window, tenSeconds, open).samples).toEqual([]);
  expect(run(window, tenSeconds, `${open}\n10s a 5`).samples).toEqual(parse('0s a/s/count 2\n0s a/s/mean 1.5'));
});

test('windows before 1970 are aligned too', () => {
  const given = [-10, -0.000001, 0].map((s) => sample('a', Math.round(s * SECOND) - EPOCH, s));
  const times = run(window, tenSeconds, given).samples.map(({ time }) => time + EPOCH);
  expect(times).toEqual([-10 * SECOND, -10 * SECOND]);
});

test('watermarks of a tick close what rows dropped upstream have left behind', () => {
  const { lines } = run(window, tenSeconds, '1s a 1\n9s a -\ntick 11s\n10s a -\ntick 12s');
  expect(lines).toEqual(parse('tick 11s\ntick 12s\n0s a/s/count 1\n0s a/s/mean 1'));
});

test('a late row re-emits its window at the next tick, once, with the next revision', () => {
  const result = run(window, tenSeconds, '1s a 1\n11s a 9\n2s a 3\n3s a 5\ntick 1s\ntick 2s');
  expect(emissions(result)).toEqual([
    [0, 1, 1, 0],
    [0, 3, 3, 1],
  ]);
});

test('lateness holds a window open', () => {
  const given = '1s a 1\n14s a 9\n2s a 3';
  const late = { ...tenSeconds, lateness: '5s' };
  expect(run(window, late, given).samples).toEqual([]);
  expect(emissions(run(window, late, `${given}\n15s a 9`))).toEqual([[0, 2, 2, 0]]);
});

test('a repeat changes nothing, a correction counts instead of what it replaces', () => {
  expect(emissions(run(window, tenSeconds, '1s a 1\n1s a 1\n2s a 4\n2s a 3\n10s a 0'))).toEqual([[0, 2, 2, 0]]);
});

test('bad, NaN and text take no part, and take back what they replace', () => {
  const { samples, counts } = run(
    window,
    tenSeconds,
    "1s a 1\n2s a 7 !\n3s a NaN\n4s a 'x'\n10s a 0\n1s a 1 !\ntick 1s",
  );
  expect(samples).toEqual(parse('0s a/s/count 1\n0s a/s/mean 1\n0s a/s/count 0 r1\n0s a/s/mean NaN ! r1'));
  expect(counts).toEqual({ 'window: bad quality': 2, 'window: not a number': 1, 'window: text': 1 });
});

test('results are uncertain if a sample was, and stddev is absent for one sample', () => {
  const config: Config = { every: '10s', aggregate: ['stddev', 'count'] };
  const { samples } = run(window, config, '1s a 1 ?\n11s a 1\n12s a 3\n20s a 0');
  expect(samples).toEqual(parse(`0s a/s/count 1 ?\n10s a/s/stddev ${Math.SQRT2}\n10s a/s/count 2`));
});

test('an idle series closes; a long pause of the agent counts for two seconds', () => {
  const given = 'tick 1s\n1s a 1\ntick 3600s\ntick 3602s\ntick 3603s\n2s a 3\ntick 3604s';
  expect(run(window, { ...tenSeconds, idle: '5s' }, given).lines).toEqual(
    parse(`
      tick 1s
      tick 3600s
      tick 3602s
      tick 3603s
      0s a/s/count 1
      0s a/s/mean 1
      tick 3604s
      0s a/s/count 2 r1
      0s a/s/mean 2 r1`),
  );
});

test('a row beyond the horizon is ignored, a row beyond revision is dropped; both are counted', () => {
  const given = '1s a 1\n1001s a 1\n10s a 2\n200s a 2\n2s a 2\ntick 1s';
  const result = run(window, tenSeconds, given, { skew: 1000 * SECOND });
  expect(emissions(result)).toEqual([
    [0, 1, 1, 0],
    [10, 1, 2, 0],
  ]);
  expect(result.counts).toEqual({ 'window: beyond horizon': 1, 'window: late': 1 });
});

test('results have the unit of what they aggregate, counts have none', () => {
  const units = run(window, tenSeconds, '0s a 1 Cel\n10s a 1').samples.map(({ series, unit }) => [series, unit]);
  expect(units).toEqual([
    ['a/s/count', ''],
    ['a/s/mean', 'Cel'],
  ]);
});

test('in a window with more samples than are remembered, nothing is lost, and what is not exact is counted', () => {
  const n = 100_000;
  const { samples, counts } = run(window, { every: '1h', aggregate: ['count', 'sum', 'max'] }, [
    ...Array.from({ length: n }, (_, i) => sample('a', 2 * i, 1)),
    // Unordered and remembered, older than all remembered, a correction of a remembered one.
    sample('a', 2 * n - 11, 5),
    sample('a', 11, 1),
    sample('a', 2 * n - 20, 3),
    sample('a', 3600 * SECOND, 0),
  ]);
  expect(samples.map(({ value }) => value)).toEqual([n + 2, n + 2 + 4 + 2, 5]);
  expect(counts).toEqual({ 'window: correction not exact': 1 });
});

test('where samples have come before that are not known, windows that may have had some are left out', () => {
  const secondsOf = (series: string, ...times: number[]) => times.map((time) => sample(series, time * SECOND, 1));
  const given = [
    ...secondsOf('a', 12, 13, 14, 5, 21, 22, 15, 6, 23, 31, 24),
    { tick: 1 },
    // And those of a series that comes only now.
    ...secondsOf('b', 12, 13, 21, 31),
  ];
  const result = run(window, tenSeconds, given, { isCut: true });
  expect(emissions(result)).toEqual([
    [20, 3, 1, 0],
    [20, 4, 1, 1],
    [20, 1, 1, 0],
  ]);
  expect(result.counts).toEqual({ 'window: late': 8 });
  replaysExactly(window, tenSeconds, given, { isCut: true });
});

test('beyond the windows held at once, the oldest is closed early and counted', () => {
  const given = Array.from({ length: 2 ** 18 + 1 }, (_, i) => sample(`s${i}`, 0, 1));
  const { samples, counts } = run(window, { every: '1s', aggregate: ['count'] }, given);
  expect(samples).toEqual(parse('0s s0/s/count 1'));
  expect(counts).toEqual({ 'window: closed early': 1 });
});

test('the configuration says what is wrong with it', () => {
  for (const config of [
    { every: '10s', aggregate: ['median'] },
    { every: '0s', aggregate: ['mean'] },
    { every: '10s', aggregate: [] },
    { every: '1s', aggregate: ['min', 'min'] },
    { every: '1s', aggregate: ['min'], late: '1s' },
    { aggregate: ['min'] },
    { every: '1s', session: '1s', aggregate: ['min'] },
    { size: '1s', aggregate: ['min'] },
    { every: '2s', size: '1s', aggregate: ['min'] },
    { every: '1s', size: '101s', aggregate: ['min'] },
    { every: '1s', aggregate: ['duration'] },
    { count: 0, aggregate: ['min'] },
    { count: 1.5, aggregate: ['min'] },
    { state: false, aggregate: ['min'] },
    { every: '1s', aggregate: ['p100'] },
    { every: '1s', aggregate: ['p'] },
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
  quality: fc.oneof({ weight: 6, arbitrary: fc.constant('good' as const) }, fc.constant('bad' as const)),
});
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
    return list.map(({ rising, series, time, value, quality }): Sample => {
      const next = Math.min(48 * SECOND, (last[series] ?? -8 * SECOND) + (Math.abs(time) % (3 * SECOND)) + SECOND);
      const at = rising ? next : time;
      last[series] = Math.max(last[series] ?? at, at);
      return sample(series, at, value, { quality });
    });
  });
/** Rows, a tick, rows, a tick, … */
const lines = fc
  .array(rows, { maxLength: 6 })
  .map((steps) => steps.flatMap((rows, i): Line[] => [...rows, { tick: (i + 1) * SECOND }]));
const config = fc.record({
  every: fc.constantFrom('1s', '10s', '15s'),
  aggregate: fc.constant(aggregates.filter((name) => name !== 'duration')),
  lateness: fc.constantFrom('0s', '7s'),
  idle: fc.constantFrom('1s', '3s', undefined),
});

describe('for any rows', () => {
  test('the last revisions are those over the sorted input without repeats', () => {
    fc.assert(
      fc.property(lines, config, (lines, config) => {
        const given = lines.filter(isSample);
        const [every, lateness] = [config.every, config.lateness ?? '0s'].map(
          (text) => Number.parseInt(text, 10) * SECOND,
        );
        const expected = naive(given, every);
        const last = new Map(run(window, config, lines).samples.map((r) => [`${r.series} ${r.time}`, r]));
        const greatest = new Map<string, number>();
        for (const { series, time } of given) greatest.set(series, Math.max(greatest.get(series) ?? time, time));
        for (const [key, result] of last)
          if (result.quality !== 'bad' && result.value !== 0) expect(result.value, key).toBe(expected.get(key));
        for (const [key, value] of expected) {
          const [series, start] = key.split(' ');
          const isClosed = Number(start) + every + lateness <= (greatest.get(series[0]) ?? 0);
          if (isClosed) expect(last.get(key)?.value, key).toBe(value);
        }
      }),
      { numRuns: 300 },
    );
  });

  test('no revision is of a part of the samples, nor of one twice, where few are remembered', () => {
    const late = fc.record({ jitter: fc.nat(3), late: fc.oneof(fc.constant(0), fc.nat(60)), value: fc.nat(3) });
    fc.assert(
      fc.property(fc.array(late, { maxLength: 200, size: 'max' }), (list) => {
        let newest = 0;
        const given = list.flatMap(({ jitter, late, value }, i): Line[] => {
          const time = (Math.max(0, (newest += jitter) - late) * SECOND) / 10;
          return [sample('a', time, value), { tick: i + 1 }];
        });
        const { samples } = run(window, { every: '1s', aggregate: ['count'] }, given, { remembered: 1 });
        const seen = Map.groupBy(given.filter(isSample), ({ time }) => Math.floor(time / SECOND) * SECOND);
        for (const [start, counts] of Map.groupBy(samples, ({ time }) => time)) {
          const times = new Set(seen.get(start)?.map(({ time }) => time));
          counts.forEach(({ value }, i) =>
            expect(value).toBeGreaterThanOrEqual(Number(counts.at(i - 1)?.value) * Math.sign(i)),
          );
          expect(counts.at(-1)?.value).toBeLessThanOrEqual(times.size);
        }
      }),
      { numRuns: 20 },
    );
  });

  test('neither how they are cut into batches nor a restore shows', () => {
    fc.assert(
      fc.property(lines, config, fc.nat(), (lines, config, seed) => {
        replaysExactly(window, config, lines, { seed, rounds: 1 });
      }),
      { numRuns: 30 },
    );
  });
});

/** What each result series has at each start, computed from the sorted input without repeats. */
function naive(rows: readonly Sample[], every: number): Map<string, number> {
  const samples = new Map<string, Map<number, number>>();
  for (const { series, time, value, quality } of rows) {
    const ofSeries = samples.get(series) ?? new Map<number, number>();
    samples.set(series, ofSeries.set(time, quality === 'bad' ? Number.NaN : Number(value)));
  }
  const results = new Map<string, number>();
  for (const [series, ofSeries] of samples) {
    const windows = new Map<number, [number, number][]>();
    for (const [time, value] of [...ofSeries].sort(([a], [b]) => a - b)) {
      if (Number.isNaN(value)) continue;
      const start = Math.floor(time / every) * every;
      windows.set(start, [...(windows.get(start) ?? []), [time, value]]);
    }
    for (const [start, own] of windows) {
      const values = own.map(([, value]) => value);
      const n = values.length;
      const area = own.reduce(
        (area, [time, value], i) => area + value * ((own[i + 1]?.[0] ?? start + every) - time),
        0,
      );
      const sum = values.reduce((a, b) => a + b, 0);
      let mean = 0;
      let m2 = 0;
      values.forEach((value, i) => {
        const delta = value - values[0] - mean;
        mean += delta / (i + 1);
        m2 += delta * (value - values[0] - mean);
      });
      const found: Record<string, number> = {
        count: n,
        sum,
        mean: sum / n,
        // 0 for -0.
        min: Math.min(...values) + 0,
        max: Math.max(...values) + 0,
        first: values[0],
        last: values[n - 1],
        range: Math.max(...values) - Math.min(...values),
        timeWeightedMean: area / (start + every - own[0][0]),
      };
      if (n > 1) found.stddev = Math.sqrt(m2 / (n - 1));
      for (const [name, value] of Object.entries(found)) results.set(`${series}/s/${name} ${start}`, value);
    }
  }
  return results;
}
