import { capturesOfPath, parseDuration } from '@sluis/plugin-sdk';
import { isSample, marbles, run, sample, together, wildLines } from '@sluis/plugin-sdk/testing';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { rename } from './rename.ts';

test('the first rule that matches gives the name; ticks and time stay', () => {
  const rules = [
    { from: 'lab/a/t', to: 'oven/t' },
    { from: 'lab/*/t', to: 'lab/{1}/temperature', unit: 'Cel' },
  ];
  const values = { x: 'RUN', b: { value: 9, quality: 'bad', revision: 2 } } as const;
  const of = (series: string, unit = '') => marbles('1-(2x)|b-3', values, { series, unit, step: '1s' });
  const given = together(of('lab/a/t'), of('lab/b/t'), of('lab/c', 'K'));
  const expected = together(of('oven/t'), of('lab/b/temperature', 'Cel'), of('lab/c', 'K'));
  expect(run(rename, rules, given).lines).toEqual(expected);
});

test('a path that would be longer than a hub takes is dropped and counted', () => {
  const to = `lab/${Array.from({ length: 9 }, () => '{1}').join('/')}`;
  const long = 'é'.repeat(250);
  const given = [sample(`lab/${long}`, 0, 1), sample(`lab/${long}`, 1, 2), sample('lab/a', 2, 3)];
  const { samples, counts } = run(rename, [{ from: 'lab/*', to }], given);
  expect(samples.map(({ value }) => value)).toEqual([3]);
  expect(counts).toEqual({ 'rename: no such path': 2 });
});

test('so is one that would be empty', () => {
  const { samples, counts } = run(rename, [{ from: 'lab/**', to: '{1}' }], '0s lab 1\n0s lab/t 2');
  expect(samples).toEqual([sample('t', 0, 2)]);
  expect(counts).toEqual({ 'rename: no such path': 1 });
});

test('the watermark of a series that will have no name goes nowhere, also before the first sample of it', () => {
  const rules = [
    { from: 'lab/**', to: '{1}' },
    { from: 'wild/*', to: 'w/{1}' },
  ];
  const given = ['lab/t1', 'lab/b', 'lab'].map((series, i) => sample(series, i * (parseDuration('1s') ?? 0), i));
  expect(() => run(rename, rules, wildLines(given, 1_431_395_365, 60))).not.toThrow();
});

test('any samples get the names that a plain look at each path gives', () => {
  const rules = fc.uniqueArray(
    fc.constantFrom(
      { from: 'wild/*', to: 'w/{1}' },
      { from: '**/b', to: 'b/{1}', unit: 'm' },
      { from: '*/t*', to: '{1}/x{2}' },
      { from: 'lab/**', to: '{1}' },
      { from: '**', to: 'all/{1}' },
    ),
    { minLength: 1 },
  );
  const given = ['lab/t1', 'lab/b', 'lab'].map((series, i) => sample(series, i * (parseDuration('1s') ?? 0), i));
  fc.assert(
    fc.property(rules, fc.nat(), (rules, seed) => {
      const lines = wildLines(given, seed, 60);
      const expected = lines.filter(isSample).flatMap((line) => {
        const rule = rules.find(({ from }) => capturesOfPath(from)(line.series));
        if (!rule) return [line];
        const captures = capturesOfPath(rule.from)(line.series) ?? [];
        const filled = rule.to.replace('{1}', captures[0]).replace('{2}', captures[1]);
        const path = filled.replace(/\/$/, '');
        return path === '' ? [] : [{ ...line, series: path, unit: rule.unit ?? line.unit }];
      });
      expect(run(rename, rules, lines).samples).toEqual(expected);
    }),
  );
});

test.each([
  [[], 'Too small'],
  [[{ from: 'lab/*', to: 'lab/{2}' }], 'rename.0.to: {2} stands for nothing: "lab/*" has one * or **'],
  [
    [{ from: 'lab/*/*', to: 'lab/{1}' }],
    'rename.0.to: {2} is missing: all that "lab/*/*" matches would become one series',
  ],
  [
    [
      { from: 'a', to: 'b' },
      { from: 'a', to: 'c' },
    ],
    'rename.1.from: an earlier rule is about "a"',
  ],
])('%j is refused', (config, message) => {
  expect(() => run(rename, config, '')).toThrow(message);
});
