import { expect, test } from 'vitest';
import { LastKnown } from './last-known.ts';

/** Longer than any test: the answer is there before. */
const LONG_MS = 60_000;
const SHORT_MS = 5;

test('waits for the answer while it comes in time', async () => {
  let n = 0;
  const figures = new LastKnown(async () => ++n);
  expect(await figures.get(LONG_MS)).toEqual({ value: 1, ageMs: 0, waitingMs: 0 });
  expect(await figures.get(LONG_MS)).toEqual({ value: 2, ageMs: 0, waitingMs: 0 });
});

test('tells what was known last, and how old it is, while the part does not answer', async () => {
  const answers = [Promise.withResolvers<string>(), Promise.withResolvers<string>()];
  let asked = 0;
  const figures = new LastKnown(() => answers[asked++].promise);

  const never = await figures.get(SHORT_MS);
  expect(never).toMatchObject({ value: undefined, ageMs: 0 });
  expect(never.waitingMs).toBeGreaterThan(0);

  answers[0].resolve('first');
  expect(await figures.get(LONG_MS)).toEqual({ value: 'first', ageMs: 0, waitingMs: 0 });

  const late = await Promise.all([figures.get(SHORT_MS), figures.get(SHORT_MS), figures.get(0)]);
  for (const { value, ageMs, waitingMs } of late) {
    expect(value).toBe('first');
    expect(ageMs).toBeGreaterThanOrEqual(waitingMs);
    expect(waitingMs).toBeGreaterThan(0);
  }
  expect(asked, 'however many ask, one question is under way').toBe(2);

  answers[1].resolve('second');
  expect(await figures.get(LONG_MS)).toEqual({ value: 'second', ageMs: 0, waitingMs: 0 });
});

test('rejects with a part that is gone, and asks again', async () => {
  const answers = [Promise.reject(new Error('gone')), Promise.resolve('back')];
  let asked = 0;
  const figures = new LastKnown(() => answers[asked++]);
  await expect(figures.get(LONG_MS)).rejects.toThrow('gone');
  expect(await figures.get(LONG_MS)).toMatchObject({ value: 'back' });
});
