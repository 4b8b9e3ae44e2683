import { expect, test } from 'vitest';
import { createClock } from './clock.ts';

const random = (): number => 0;

test('no two readings are alike, however coarse the wall clock', () => {
  const now = createClock({ wall: () => 5, random });
  expect([now(), now(), now()]).toEqual([5000, 5001, 5002]);
});

test('a small step back is ridden out, a large one followed', () => {
  let wall = 10_000;
  const now = createClock({ wall: () => wall, random });
  now();
  wall = 9_500;
  expect(now()).toBe(10_000_001);
  wall = 1_000;
  expect(now()).toBe(1_000_001);
});

test('milliseconds that come again after a step back give no reading again', () => {
  let wall = 0;
  const now = createClock({ wall: () => wall });
  const readings = (from: number): number[] =>
    Array.from({ length: 5_000 }, (_, i) => {
      wall = from + i;
      return now();
    });
  const first = readings(100_000);
  const second = new Set(readings(100_000));
  expect(first.filter((reading) => second.has(reading))).toEqual([]);
});

test('each start reads at microseconds of its own', () => {
  const starts = [0.25, 0.5].map((phase) => createClock({ wall: () => 5, random: () => phase })());
  expect(starts).toEqual([5_250, 5_500]);
});
