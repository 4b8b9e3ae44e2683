import { kindNames, matchesPath, qualityNames } from '@sluis/plugin-sdk';
import { isSample, marbles, run, sample, together, wildLines } from '@sluis/plugin-sdk/testing';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { select } from './select.ts';

test('passes what it selects as it is', () => {
  const values = { t: 'RUN', b: { value: 9, quality: 'bad' } } as const;
  const a = marbles('12-tb|-3', values, { series: 'lab/a', step: '1s' });
  const b = marbles('-4-tb|5-', values, { series: 'lab/b', step: '1s' });
  expect(run(select, 'lab/a', together(a, b)).lines).toEqual(a);
});

const asList = <Item>(one: Item | readonly Item[]) => (Array.isArray(one) ? one : [one]) as readonly Item[];

test('what passes of any samples is what a look at each of them lets through', () => {
  const someOf = <Item extends string>(names: readonly Item[]) =>
    fc.option(fc.oneof(fc.constantFrom(...names), fc.subarray([...names], { minLength: 1 })), { nil: undefined });
  const pattern = someOf(['*', 'lab/*', '**', 'wild/a', '*/b', '**/t*', 'none']);
  const given = ['lab/t1', 'lab/b', 'b'].flatMap((series) => [1, 'RUN', true, 7n].map((v) => sample(series, 0, v)));
  const keys = fc.record({ series: pattern, except: pattern, kind: someOf(kindNames), quality: someOf(qualityNames) });
  fc.assert(
    fc.property(keys, fc.nat(), ({ series, except, kind, quality }, seed) => {
      const lines = wildLines(given, seed, 60);
      const expected = lines.filter(isSample).filter((line) => {
        const matches = (some: string) => matchesPath(some)(line.series);
        if (series && !asList(series).some(matches)) return false;
        if (except && asList(except).some(matches)) return false;
        if (kind && !asList(kind).includes(line.kind)) return false;
        return !quality || asList(quality).includes(line.quality);
      });
      const written = Object.entries({ series, except, kind, quality }).filter(([, value]) => value !== undefined);
      if (written.length === 0) return;
      expect(run(select, Object.fromEntries(written), lines).samples).toEqual(expected);
    }),
  );
});

test.each([
  [{}, 'expected one of series, except, kind, quality'],
  ['lab//t', 'is no pattern of paths'],
  [[], 'Too small'],
  [{ kind: 'number' }, 'select.kind'],
  [{ serie: 'lab' }, 'serie'],
])('%j is refused', (config, message) => {
  expect(() => run(select, config as never, '')).toThrow(message);
});
