import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { capturesOfPath, matchesPath, starsOf } from './path-pattern.ts';

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

const level = fc.constantFrom('a', 'b', 'ab', '');
const patternLevel = fc.oneof(level, fc.constantFrom('*', '**', 'a*', '*b', 'a*b', '*a*'));

test('matches and captures what a regular expression of the same meaning does', () => {
  fc.assert(
    fc.property(
      fc.array(patternLevel, { minLength: 1, maxLength: 5 }),
      fc.array(level, { minLength: 1, maxLength: 6 }),
      (levels, path) => {
        const pattern = levels.join('/');
        const reference = new RegExp(
          `^${levels.map((one) => (one === '**' ? '((?:[^/]*/)*?)' : `${one.replaceAll('*', '([^/]*?)')}/`)).join('')}$`,
        );
        const found = reference.exec(`${path.join('/')}/`);
        expect(matchesPath(pattern)(path.join('/'))).toBe(found !== null);
        const expected = found?.slice(1).map((capture) => capture.replace(/\/$/, ''));
        expect(capturesOfPath(pattern)(path.join('/'))).toEqual(expected);
        if (expected) expect(starsOf(pattern)).toBe(expected.length);
      },
    ),
    { numRuns: 1000 },
  );
});

test.each([
  ['lab/*/temperature', 'lab/m1/temperature', ['m1']],
  ['lab/press-*/*', 'lab/press-12/t', ['12', 't']],
  ['lab/*-*_*/t', 'lab/a-b-c_d/t', ['a', 'b-c', 'd']],
  ['lab/**/t', 'lab/t', ['']],
  ['lab/**/t', 'lab/a/t/t', ['a/t']],
  ['**/*/t', 'lab/a/t', ['lab', 'a']],
  ['**/**', 'lab/a', ['', 'lab/a']],
  ['lab/t', 'lab/t', []],
  ['lab/*', 'mill/a', undefined],
])('%s captures of %s: %j', (pattern, path, expected) => {
  expect(capturesOfPath(pattern)(path)).toEqual(expected);
});

test('takes no longer for a hostile pattern', () => {
  const before = process.threadCpuUsage();
  const path = Array.from({ length: 200 }, () => 'a').join('/');
  expect(matchesPath(`${'**/a/'.repeat(40)}b`)(path)).toBe(false);
  expect(matchesPath(`${'*a'.repeat(40)}b`)('a'.repeat(1000))).toBe(false);
  const { user, system } = process.threadCpuUsage(before);
  expect(user + system, 'µs of this thread, however much else the machine does').toBeLessThan(1_000_000);
});
