import { format, type Line, parse, replaysExactly, run, sample } from '@sluis/plugin-sdk/testing';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { z } from 'zod';
import { window } from '../window.ts';
import type { windowConfig } from './config.ts';

type Config = z.input<typeof windowConfig>;
const SECOND = 1_000_000;
const session: Config = { session: '10s', aggregate: ['count'] };
const state: Config = { state: true, aggregate: ['first', 'duration'] };

test('where samples have come before that are not known, what may have begun with them is left out', () => {
  const sessions = '0s a 1\n5s a 1\n20s a 1\n21s a 1\n40s a 1';
  expect(format(run(window, session, sessions, { isCut: true }).samples)).toBe(format(parse('20s a/s/count 2')));
  replaysExactly(window, session, sessions, { isCut: true });
  const states = "0s a 'RUN'\n5s a 'STOP'\n9s a 'RUN'";
  expect(format(run(window, state, states, { isCut: true }).samples)).toBe(
    format(parse("5s a/s/first 'STOP'\n5s a/s/duration 4 s")),
  );
  replaysExactly(window, state, states, { isCut: true });
});

test('a session may be longer than what is remembered: late samples within it count, those that would cut it are dropped', () => {
  const rows = Array.from({ length: 100 }, (_, i) => sample('a', i * SECOND, 1));
  const given = [
    ...rows,
    // Remembered times begin at 84 s: between two of them; a correction; one too old to know; one that takes its end back.
    sample('a', 90.5 * SECOND, 1),
    sample('a', 91 * SECOND, 5),
    sample('a', 0.5 * SECOND, 1),
    sample('a', 99 * SECOND, Number.NaN),
    sample('a', 200 * SECOND, 1),
  ];
  const config: Config = { session: '10s', aggregate: ['count', 'sum', 'max'] };
  const { samples, counts } = run(window, config, given, { remembered: 1 });
  expect(samples.map(({ value }) => value)).toEqual([101, 105, 5]);
  expect(counts).toMatchObject({ 'window: late': 2, 'window: correction not exact': 1 });
});

test('a state is its kind, too: true, 1 and text are three; a correction may split one, or make one of two', () => {
  const given = `
    0s a true
    1s a 1
    2s a '1'
    3s a '1'
    4s a '1'
    5s a 0
    tick 6s
    3s a '2'
    tick 7s
    3s a '1'
    tick 8s`;
  const { lines } = run(window, { state: true, aggregate: ['first', 'count'] }, given);
  expect(format(lines)).toBe(
    format(
      parse(`
        0s a/s/first true
        0s a/s/count 1
        1s a/s/first 1
        1s a/s/count 1
        2s a/s/first '1'
        2s a/s/count 3
        tick 6s
        tick 7s
        2s a/s/first '1' r1
        2s a/s/count 1 r1
        3s a/s/first '2'
        3s a/s/count 1
        4s a/s/first '1'
        4s a/s/count 1
        tick 8s
        2s a/s/first '1' r2
        2s a/s/count 3 r2
        3s a/s/first NaN ! r1
        3s a/s/count NaN ! r1
        4s a/s/first NaN ! r1
        4s a/s/count NaN ! r1`),
    ),
  );
});

test('a text that is too long for a state is dropped and counted', () => {
  const given = [sample('a', 0, 'x'.repeat(1025)), sample('a', 1, 'one'), sample('a', 2, 'two')];
  const { samples, counts } = run(window, { state: true, aggregate: ['first'] }, given);
  expect(samples.map(({ value }) => value)).toEqual(['one']);
  expect(counts).toEqual({ 'window: no room for state': 1 });
});

test('more texts than there is room for come and go while few are remembered', () => {
  const given = Array.from({ length: 70_000 }, (_, i) => sample('a', i * 100, `order ${i}`));
  const config: Config = { state: true, aggregate: ['first'], revise: '0s' };
  const { samples, counts } = run(window, config, given, { remembered: 1 });
  expect(samples.map(({ value }) => value)).toEqual(given.slice(0, -1).map(({ value }) => value));
  expect(counts).toEqual({});
});

const late = fc.record({
  step: fc.nat(20),
  late: fc.oneof(fc.constant(0), fc.nat(60)),
  value: fc.integer({ min: 0, max: 2 }),
});
const kinds: Config[] = [
  { session: '2s', aggregate: ['count', 'sum'] },
  { count: 3, aggregate: ['count', 'sum'] },
  { state: true, aggregate: ['count', 'sum'] },
  { sliding: '2s', aggregate: ['count', 'sum'] },
];

test('where few samples are remembered, windows have no more samples than there are, and a restore does not show', () => {
  fc.assert(
    fc.property(fc.array(late, { maxLength: 60, size: 'max' }), fc.constantFrom(...kinds), (list, config) => {
      let newest = 0;
      const given = list.flatMap(({ step, late, value }, i): Line[] => {
        const time = (Math.max(0, (newest += step) - late) * SECOND) / 10;
        return [sample('a', time, value), ...(i % 3 === 0 ? [{ tick: (i + 1) * SECOND }] : [])];
      });
      const { samples } = run(window, config, given, { remembered: 1 });
      const times = new Set(given.flatMap((line) => ('value' in line ? [line.time] : [])));
      const last = new Map(samples.map(({ series, time, value }) => [`${series} ${time}`, value]));
      for (const [key, value] of last)
        if (key.startsWith('a/s/count')) expect(value === 0 || Number(value) > times.size).toBe(false);
      replaysExactly(window, config, given, { remembered: 1, rounds: 1 });
    }),
    { numRuns: 8 },
  );
});

/** Two samples, a silence after which the first window is forgotten, three samples, and two between those and the silence. */
const silence = `
  0s a 1
  5s a 1
  1080s a 1
  1090s a 1
  1200s a 1
  1020s a 1
  1021s a 1
  tick 1s
  tick 2s`;

test.each<[string, Config]>([
  ['session', session],
  ['count', { count: 2, aggregate: ['count'] }],
])('after a long silence late samples still make a %s of their own', (_, config) => {
  const { samples, counts } = run(window, { ...config, revise: '5m' }, silence);
  const last = new Map(samples.map(({ time, value, quality }) => [time / SECOND, quality === 'bad' ? 'none' : value]));
  const sessions = config.session
    ? [
        [1080, 1],
        [1090, 1],
      ]
    : [[1080, 2]];
  expect([...last].sort(([a], [b]) => a - b)).toEqual([[0, 2], [1020, 2], ...sessions]);
  expect(counts).toEqual({});
});

test('a late sample does not make a session that may have begun with what is forgotten', () => {
  const { samples, counts } = run(window, { ...session, revise: '5m' }, silence.replace('1020s', '14s'));
  expect(format(samples)).toBe(
    format(parse('0s a/s/count 2\n1080s a/s/count 1\n1090s a/s/count 1\n1021s a/s/count 1')),
  );
  expect(counts).toEqual({ 'window: late': 1 });
});

const once = 'a sample that comes again with another quality counts with that';
test.each<[string, Config, string]>([
  [once, { every: '10s', aggregate: ['sum'] }, '0s a/s/sum 3 ?\n0s a/s/sum 3 r1\n0s a/s/sum 3 ? r2'],
  [
    once,
    { sliding: '1s', aggregate: ['sum'] },
    '1s a/s/sum 1 ?\n2s a/s/sum 2\n20s a/s/sum 1\n1s a/s/sum 1 r1\n2s a/s/sum 2 ? r2',
  ],
  [once, { session: '10s', aggregate: ['sum'] }, '1s a/s/sum 3 ?\n1s a/s/sum 3 r1\n1s a/s/sum 3 ? r2'],
  [once, { count: 2, aggregate: ['sum'] }, '1s a/s/sum 3 ?\n1s a/s/sum 3 r1\n1s a/s/sum 3 ? r2'],
])('%s: %j', (_, config, expected) => {
  const given = '1s a 1 ?\n2s a 2\n20s a 1\ntick 1s\n1s a 1\ntick 2s\n2s a 2 ?\ntick 3s\n2s a 2 ?\ntick 4s';
  expect(format(run(window, config, given).samples)).toBe(format(parse(expected)));
  replaysExactly(window, config, given);
});

test('where samples have come before that are not known, corrections of quality are known of those that are', () => {
  const given = '0s a 1\n11s a 1 ?\n12s a 1\n20s a 1\ntick 1s\n11s a 1\ntick 2s';
  const { samples } = run(window, { every: '10s', aggregate: ['sum'] }, given, { isCut: true });
  expect(format(samples)).toBe(format(parse('10s a/s/sum 2 ?\n10s a/s/sum 2 r1')));
});
