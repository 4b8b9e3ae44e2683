import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { matchesPath } from './path-pattern.ts';

test.each([
  ['lab/*/temperature', 'lab/m1/temperature', true],
  ['lab/*/temperature', 'lab/m1/m2/temperature', false],
  ['lab/*', 'lab', false],
  ['lab/**', 'lab', true],
  ['lab/**', 'lab/a/b', true],
  ['**/temperature', 'temperature', true],
  ['**/temperature', 'lab/a/temperature', true],
  ['**', '', true],
  ['*', 'lab/a', false],
  ['lab/press-*/t', 'lab/press-12/t', true],
  ['lab/press-*/t', 'lab/mill-1/t', false],
  ['lab/a.c', 'lab/abc', false],
])('%s matches %s: %s', (pattern, path, expected) => {
  expect(matchesPath(pattern)(path)).toBe(expected);
});

test('is what a regular expression of the same meaning says', () => {
  const level = fc.constantFrom('a', 'b', 'ab', '');
  const patternLevel = fc.oneof(level, fc.constantFrom('*', '**', 'a*', '*b', 'a*b', '*a*'));
  fc.assert(
    fc.property(
      fc.array(patternLevel, { minLength: 1, maxLength: 5 }),
      fc.array(level, { minLength: 1, maxLength: 6 }),
      (pattern, path) => {
        const reference = new RegExp(
          `^${pattern.map((one) => (one === '**' ? '(?:[^/]*/)*' : `${one.replaceAll('*', '[^/]*')}/`)).join('')}$`,
        );
        expect(matchesPath(pattern.join('/'))(path.join('/'))).toBe(reference.test(`${path.join('/')}/`));
      },
    ),
    { numRuns: 1000 },
  );
});

test('takes no longer for a hostile pattern', () => {
  const began = performance.now();
  const path = Array.from({ length: 200 }, () => 'a').join('/');
  expect(matchesPath(`${'**/a/'.repeat(40)}b`)(path)).toBe(false);
  expect(matchesPath(`${'*a'.repeat(40)}b`)('a'.repeat(1000))).toBe(false);
  expect(performance.now() - began).toBeLessThan(1_000);
});
