import { afterEach, expect, test, vi } from 'vitest';
import { YoungGarbage } from './young-garbage.ts';

afterEach(() => vi.unstubAllGlobals());

test('what is young is collected once for each so many bytes, where it can be', () => {
  const garbage = new YoungGarbage(100);
  vi.stubGlobal('gc', undefined);
  garbage.passed(100);
  const gc = vi.fn();
  vi.stubGlobal('gc', gc);
  for (let i = 0; i < 10; i++) garbage.passed(50);
  expect(gc.mock.calls).toEqual(Array.from({ length: 5 }, () => [{ type: 'minor' }]));
});
