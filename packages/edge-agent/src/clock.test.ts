import { expect, test } from 'vitest';
import { createClock } from './clock.ts';

test('no two readings are alike, however coarse the wall clock', () => {
  const now = createClock(() => 5);
  expect([now(), now(), now()]).toEqual([5000, 5001, 5002]);
});

test('a small step back is ridden out, a large one followed', () => {
  let wall = 10_000;
  const now = createClock(() => wall);
  now();
  wall = 9_500;
  expect(now()).toBe(10_000_001);
  wall = 1_000;
  expect(now()).toBe(1_000_000);
});
