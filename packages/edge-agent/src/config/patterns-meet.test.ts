import { expect, test } from 'vitest';
import { patternsMeet } from './patterns-meet.ts';

test.each([
  ['a/b', 'a/b', true],
  ['a/b', 'a/c', false],
  ['a/*', '*/b', true],
  ['a/*', 'a', false],
  ['a/**', 'a', true],
  ['a/**', 'a/b/c', true],
  ['a/**', 'b/**', false],
  ['**/c', 'a/**', true],
  ['**/c/d', 'a/b/*', false],
  ['**', '**', true],
  ['a/**/d', 'a/*/c/*', true],
])('%s and %s: %s', (one, other, meets) => {
  expect(patternsMeet(one, other)).toBe(meets);
  expect(patternsMeet(other, one)).toBe(meets);
});
