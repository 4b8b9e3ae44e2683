import {
  isSample,
  type Line,
  parse,
  replaysExactly,
  run,
  sample,
  type Sample,
  wildLines,
} from '@sluis/plugin-sdk/testing';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { z } from 'zod';
import { compilePairValue } from './cel/compile-value.ts';
import { join } from './join.ts';
import type { joinConfig } from './join/config.ts';
import { window } from './window.ts';

type Config = z.input<typeof joinConfig>;

const SECOND = 1_000_000;
const plain: Config = { left: 'lab/*/t', right: 'lab/*/p', emit: { x: 'left + right' }, wait: '0s' };

function told(config: Config, given: Parameters<typeof run>[2]): string {
  const { samples } = run(join, config, given);
  return samples.map(({ time, value, revision }) => `${time / SECOND} ${String(value)} r${revision}`).join(', ');
}

test.each<[string, Config, string, string]>([
  ['a right sample of the same time counts', plain, '1s lab/a/p 10\n1s lab/a/t 1', '1 11 r0'],
  ['a later right one does not', plain, '1s lab/a/p 10\n3s lab/a/p 20\n2s lab/a/t 1', '2 11 r0'],
  [
    'a late right one counts later',
    plain,
    '1s lab/a/p 1\n3s lab/a/t 1\n5s lab/a/t 1\n4s lab/a/p 2',
    '3 2 r0, 5 2 r0, 5 3 r1',
  ],
  ['so does the first', plain, '3s lab/a/t 1\n1s lab/a/p 2', '3 3 r0'],
  ['a correction of the right', plain, '1s lab/a/p 1\n3s lab/a/t 1\n1s lab/a/p 2\n1s lab/a/p 2', '3 2 r0, 3 3 r1'],
  ['a correction of the left', plain, '1s lab/a/p 1\n3s lab/a/t 1\n3s lab/a/t 2\n3s lab/a/t 2', '3 2 r0, 3 3 r1'],
  [
    'a left one that is taken back',
    plain,
    '1s lab/a/p 1\n3s lab/a/t 1\n3s lab/a/t 2 !\n3s lab/a/t 3',
    '3 2 r0, 3 NaN r1, 3 4 r2',
  ],
  ['a right one without a value', plain, '1s lab/a/p 1\n2s lab/a/p 1 !\n3s lab/a/t 2', ''],
  ['what waits for the clock', { ...plain, wait: '2s' }, '1s lab/a/p 1\n2s lab/a/t 1\ntick 1s\ntick 2s', '2 2 r0'],
  [
    'a clock that lags, of a series that goes on',
    { ...plain, wait: '2s' },
    '1s lab/a/p 1\n9h lab/a/t 1\ntick 1s\n2s lab/a/p 2\ntick 2s\n3s lab/a/p 3\ntick 3s\n4s lab/a/p 4\ntick 4s',
    '32400 3 r0, 32400 4 r1, 32400 5 r2',
  ],
  [
    'one that is ahead by 400 days',
    { ...plain, wait: '1h' },
    '9600h lab/a/p 9\n1s lab/a/p 1\n1s lab/a/t 1\n2s lab/a/t 1\n9601h lab/a/t 9\n3s lab/a/p 2',
    '1 2 r0, 2 2 r0',
  ],
  [
    'what waits for dropped rows',
    { ...plain, wait: '1h' },
    '1s lab/a/p 1\n2s lab/a/t 1\n2s lab/a/p -\ntick 1s',
    '2 2 r0',
  ],
  [
    'one right for all',
    { ...plain, right: 'lab/p' },
    '1s lab/p 1\n2s lab/a/t 1\n2s lab/b/t 2\n2s lab/p 3',
    '2 2 r0, 2 3 r0, 2 4 r1, 2 5 r1',
  ],
  [
    'captures of many levels',
    { ...plain, left: '**/t', right: '**/p' },
    '1s p 1\n2s t 1\n1s x/y/p 2\n2s x/y/t 2',
    '2 2 r0, 2 4 r0',
  ],
])('%s', (_, config, given, expected) => expect(told(config, given)).toBe(expected));

test('what has no pair is counted', () => {
  const config: Config = { ...plain, tolerance: '10s' };
  const given =
    "1s lab/a/t 1\n1s lab/b/p 'x'\n1s lab/b/t 1\n1s lab/b/t 'x'\n2s lab/b/t NaN\n3s lab/b/t 1 !\n20s lab/b/t 1\n90000s lab/b/t 1";
  expect(run(join, config, given).counts).toEqual({
    'join: no match': 2,
    'join: no value': 1,
    'join: text': 1,
    'join: not a number': 1,
    'join: bad quality': 1,
    'join: beyond horizon': 1,
  });
});

test('more texts than series may be made of are counted; as many as there are parts may come and go', () => {
  const parts = Array.from({ length: 3000 }, (_, i): Line[] => [
    sample('lab/a/p', i * SECOND, `P-${i}`),
    sample('lab/a/t', i * SECOND, i),
  ]).flat();
  const { samples, counts } = run(join, { ...plain, emit: { '{label}': 'left', part: 'label' } }, parts);
  expect(counts).toEqual({ 'join: too many labels': 3000 - 1024 });
  expect(samples.filter(({ series }) => series.endsWith('/part')).at(-1)?.value).toBe('P-2999');
  expect(new Set(samples.map(({ series }) => series)).size).toBe(1025);
});

test('what waits too long in number goes on', () => {
  const given = Array.from({ length: 1030 }, (_, i) => sample('lab/a/t', (i + 1) * SECOND, 1));
  const { samples } = run(join, { ...plain, wait: '1h' }, [sample('lab/a/p', 0, 1), ...given]);
  expect(samples.length).toBe(1025);
});

test.each<[unknown, string]>([
  [{ ...plain, right: 'lab/*/*/p' }, 'join.right: has 2 of * and **, and left has 1'],
  [{ ...plain, emit: {} }, 'join.emit: needs a result'],
  [{ ...plain, emit: undefined }, 'join: needs emit'],
  [{ ...plain, while: { x: 'integral' } }, 'join: emit and while have a result of one name'],
  [{ ...plain, while: { y: 'left' } }, 'join.while.y: Unknown variable: left: a stretch has count'],
  [{ ...plain, emit: { x: 'left + value' } }, 'join.emit.x: Unknown variable: value: a pair has left and right'],
  [{ ...plain, emit: { x: 'time' } }, 'join.emit.x: must be a number, a text, or true or false'],
  [{ ...plain, emit: { 'x/y': 'left' } }, 'x/y'],
])('%j is refused', (config, message) => expect(() => run(join, config as never, '')).toThrow(message));

test.each<[string, number, number | string, unknown]>([
  ['left * right / 3600', 2, 1800, 1],
  ['left - 2', 2, 0, 0],
  ['right', 2, 'x', undefined],
  ['label + "!"', 2, 'x', 'x!'],
  ['label == "x" ? left : -left', 2, 'y', -2],
  ['label == "x" || left > 1.0', 2, 0, true],
  ['label == "x" || left > 1.0', 0, 0, undefined],
  ['size(label)', 0, 'four', 4],
  ['time > timestamp("2020-01-01T00:00:00Z")', 0, 0, false],
])('%s of %d and %j is %j', (expression, left, right, expected) => {
  const isText = typeof right === 'string';
  expect(compilePairValue(expression)(left, isText ? 0 : right, isText ? right : undefined, 0)).toBe(expected);
});

const row = fc
  .record({
    series: fc.constantFrom('lab/a/t', 'lab/a/p', 'lab/b/t', 'lab/b/p'),
    at: fc.nat(20),
    value: fc.constantFrom<Sample['value']>(1, 2, 3, 7n, true, 'x', Number.NaN),
    bad: fc.nat(9),
  })
  .map(({ series, at, value, bad }) => {
    return sample(series, at * SECOND, value, { quality: bad === 0 ? 'bad' : bad === 1 ? 'uncertain' : 'good' });
  });
const config: fc.Arbitrary<Config> = fc.record(
  {
    left: fc.constant(plain.left),
    right: fc.constant(plain.right),
    emit: fc.constant(plain.emit),
    wait: fc.constantFrom('0s', '2s'),
    tolerance: fc.constantFrom('1s', '5s'),
  },
  { requiredKeys: ['left', 'right', 'emit', 'wait'] },
);

test('the last revisions are those over the samples in order of time', () => {
  fc.assert(
    fc.property(fc.array(fc.array(row, { maxLength: 12 }), { maxLength: 6 }), config, (blocks, config) => {
      const given = [...blocks, [], []].flatMap((rows, i) => [...rows, { tick: 2 * (i + 1) * SECOND }]);
      const last = new Map(run(join, config, given).samples.map((r) => [`${r.series} ${r.time}`, r]));
      for (const [key, { quality }] of last) if (quality === 'bad') last.delete(key);
      const found = [...last].map(([key, { value, quality }]) => [key, value, quality]).toSorted();
      expect(found).toEqual(naive(given.filter(isSample), config).toSorted());
    }),
    { numRuns: 150 },
  );
});

test('neither cuts nor restores show on bad days', () => {
  const given = parse("0s lab/a/p 'P-1'\n1s lab/a/t 1\n2s lab/a/p 'P-2'\n3s lab/b/t 5\n4s lab/b/p 2\n5s lab/a/t 3");
  const config: Config = { ...plain, emit: { '{label}': 'left', x: 'label', y: 'left * right' }, wait: '2s' };
  for (const seed of [1, 2, 3]) replaysExactly(join, config, wildLines(given, seed, 150), { seed, rounds: 2 });
});

test('as many as are remembered, or more, may come together or one by one', () => {
  const block = fc.record({
    series: fc.constantFrom('lab/a/t', 'lab/a/p'),
    count: fc.constantFrom(1, 500, 1023, 1024, 1500),
    // So that the other series is behind, ahead, or as far.
    after: fc.constantFrom(-700, -1, 0, 1, 700),
    every: fc.constantFrom(1, 2),
  });
  fc.assert(
    fc.property(fc.array(block, { minLength: 2, maxLength: 6 }), (blocks) => {
      let now = 1500;
      const given = blocks.flatMap(({ series, count, after, every }) => {
        now = Math.max(0, now + after);
        return Array.from({ length: count }, (_, i) => sample(series, (now += every), i % 100));
      });
      // Ticks end batches.
      const cut = given.flatMap((one, i): Line[] => (i % 10 === 0 ? [one, { tick: SECOND + i }] : [one]));
      const config: Config = { ...plain, wait: '1h' };
      expect(run(join, config, cut).samples).toEqual(run(join, config, given).samples);
    }),
    { numRuns: 15 },
  );
});

test('a series that appears once as much is remembered as may be is joined, also when its right one is corrected', () => {
  const old = Array.from({ length: 100 }, (_, i) => [sample('lab/a/p', i, 1), sample('lab/a/t', i, 1)]).flat();
  const given = '1s lab/b/p 1\n2s lab/b/t 1\n3s lab/b/p 2\n2s lab/b/p 3';
  const { samples, counts } = run(join, plain, [...old, ...parse(given)], { remembered: 64 });
  expect(counts).toEqual({});
  expect(samples.filter(({ series }) => series === 'lab/b/t/s/x').map(({ value }) => value)).toEqual([2, 4]);
  // Of the others so much has gone that nobody knows what one before the oldest is in force for.
  const late = run(join, plain, [...old, ...parse(given), sample('lab/a/p', 0, 5)], { remembered: 64 });
  expect(late.counts).toEqual({ 'join: late': 1 });
});

test('nor where series make room for others', () => {
  const series = ['a', 'b', 'c', 'd'].flatMap((place) => [`lab/${place}/p`, `lab/${place}/t`]);
  const block = fc.record({
    series: fc.constantFrom(...series),
    count: fc.nat(8),
    after: fc.integer({ min: -9, max: 9 }),
  });
  fc.assert(
    fc.property(fc.array(block, { minLength: 15, maxLength: 25, size: 'max' }), fc.nat(), (blocks, seed) => {
      let now = 100;
      const given = blocks.flatMap(({ series, count, after }) => {
        now = Math.max(0, now + after);
        return Array.from({ length: count }, (_, i) => sample(series, (now += 1), i));
      });
      replaysExactly(join, { ...plain, wait: '1h' }, given, { seed, rounds: 1, remembered: 24 });
    }),
    { numRuns: 4 },
  );
});

test('behind a window step, windows are joined', () => {
  const given = [
    [0, 9, 230],
    [5, 11, 230],
    [10, 12, 228],
    [15, 12, 230],
    [20, 0, 0],
    [30, 0, 0],
  ].flatMap(([at, current, voltage]) => [
    sample('lab/m1/voltage', at * SECOND, voltage),
    sample('lab/m1/current', at * SECOND, current),
  ]);
  const means = run(window, { every: '10s', aggregate: ['mean'] }, given).samples;
  const power = { left: 'lab/*/current/s/mean', right: 'lab/*/voltage/s/mean', emit: { power: 'left * right' } };
  expect(told({ ...power, tolerance: '0s' }, means)).toBe('0 2300 r0, 10 2748 r0, 20 0 r0');
});

const stretches: Config = {
  left: 'lab/*/t',
  right: 'lab/*/p',
  while: { x: 'integral', n: 'count', lo: 'min', hi: 'max', of: 'label == "" ? "none" : label', s: 'duration' },
  wait: '0s',
};

test.each<[string, string, string]>([
  [
    'a stretch without a value ends one',
    "0s lab/a/p 'A'\n1s lab/a/t 2\n2s lab/a/p 'B'\n4s lab/a/p 'B' !\n9s lab/a/t 1",
    '2 4',
  ],
  [
    'a left one without a value is no time',
    "0s lab/a/p 'A'\n2s lab/a/p 'B'\n3s lab/a/t 2\n4s lab/a/t NaN\n6s lab/a/t 3\n7s lab/a/p 'A'\n8s lab/a/t 1",
    '2 5',
  ],
  [
    'the newest left one is corrected',
    "0s lab/a/p 'A'\n2s lab/a/p 'B'\n3s lab/a/t 2\n3s lab/a/t 4\n5s lab/a/p 'A'\n5s lab/a/t 0",
    '2 8',
  ],
])('%s', (_, given, expected) => {
  const { samples } = run(join, { ...stretches, while: { x: 'integral' } }, given);
  expect(samples.map(({ time, value }) => `${time / SECOND} ${String(value)}`).join(', ')).toBe(expected);
});

test('what is late for its stretch, or nothing in it, is counted', () => {
  const given =
    "0s lab/a/p 'A'\n1s lab/a/p 'B'\n2s lab/a/p 'C'\n3s lab/a/t 1\n2s lab/a/t 1\n1s lab/a/p 'D'\n3s lab/a/t 1";
  expect(run(join, stretches, given).counts).toEqual({
    'join: late for its stretch': 2,
    'join: nothing in its stretch': 1,
  });
});

test('stretches are those of a plain walk through samples in order', () => {
  const step = fc.record({
    after: fc.nat(3),
    isLeft: fc.boolean(),
    value: fc.constantFrom(1, 2.5, -3),
    label: fc.constantFrom('A', 'B'),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (walk) => {
      let now = 0;
      const given = walk.map(({ after, isLeft, value, label }): Sample => {
        now += (after + 1) * SECOND;
        return isLeft ? sample('lab/a/t', now, value) : sample('lab/a/p', now, label);
      });
      const parts = given.filter(({ series }, i) => {
        const before = given.slice(0, i).findLast((one) => one.series === 'lab/a/p');
        return series === 'lab/a/p' && before?.value !== given[i].value;
      });
      const lefts = given.filter(({ series }) => series === 'lab/a/t');
      const expected = parts.slice(1).flatMap(({ time, value }, i) => {
        const end = parts.at(i + 2)?.time ?? Infinity;
        if (!lefts.some((left) => left.time > end)) return [];
        // Second by second, for all times are whole seconds.
        const values = Array.from({ length: (end - time) / SECOND }, (_, k) => {
          return lefts.findLast((left) => left.time <= time + k * SECOND)?.value;
        }).filter((one) => one !== undefined) as number[];
        if (values.length === 0) return [];
        const count = lefts.filter((left) => left.time >= time && left.time < end).length;
        const integral = values.reduce((a, b) => a + b, 0);
        return [time, integral, count, Math.min(...values), Math.max(...values), value, (end - time) / SECOND];
      });
      const { samples } = run(join, stretches, given);
      const found = samples.flatMap(({ time, value }, i) => (i % 6 === 0 ? [time, value] : [value]));
      expect(found).toEqual(expected);
      replaysExactly(join, stretches, given, { rounds: 1 });
    }),
    { numRuns: 40 },
  );
});

/** The sums, by series and time, of each left sample with the newest right one that is not later. */
function naive(given: readonly Sample[], { tolerance = '1d' }: Config): unknown[][] {
  const longest = tolerance === '1d' ? Infinity : Number.parseInt(tolerance, 10) * SECOND;
  const last = (series: string): Sample[] => {
    const own = given.filter(
      (one) => one.series === series && !(series.endsWith('/t') && typeof one.value === 'string'),
    );
    return [...new Map(own.map((one) => [one.time, one])).values()];
  };
  const hasNumber = ({ value, quality }: Sample): boolean => quality !== 'bad' && !Number.isNaN(Number(value));
  return ['lab/a', 'lab/b'].flatMap((place) =>
    last(`${place}/t`).flatMap((left) => {
      const before = last(`${place}/p`).filter(({ time }) => time <= left.time);
      const right = before.toSorted((a, b) => a.time - b.time).at(-1);
      if (!right || left.time - right.time > longest || !hasNumber(left) || !hasNumber(right)) return [];
      const quality = [left.quality, right.quality].includes('uncertain') ? 'uncertain' : 'good';
      return [[`${place}/t/s/x ${left.time}`, Number(left.value) + Number(right.value), quality]];
    }),
  );
}
