import { expect, test } from 'vitest';
import { within } from './within.ts';

test('a promise is waited for only so long, and its rejection is passed on', async () => {
  expect(await within(60_000, Promise.resolve())).toBe(true);
  expect(await within(1, new Promise(() => undefined))).toBe(false);
  await expect(within(60_000, Promise.reject(new Error('refused')))).rejects.toThrow('refused');
});
