import { expect, test } from 'vitest';
import { describe } from './user-error.ts';

test('an error is described with its causes, and with what failed in tidying up after it', () => {
  expect(describe(new Error('no answer', { cause: new Error('the line is cut') }))).toBe('no answer: the line is cut');
  const first = new Error('a write failed');
  const tidying = new Error('an unlink failed');
  expect(describe(new SuppressedError(tidying, first))).toBe('a write failed (and then an unlink failed)');
  expect(describe('just words')).toBe('just words');
  expect(describe(new TypeError())).toBe('TypeError');
});
