import { expect, test } from 'vitest';
import { until } from '../../test/e2e/until.ts';
import { Pace } from './pace.ts';

test('A pace has each stage as it was counted, in its unit, also one that begins later', async () => {
  let asked = 0;
  const pace = new Pace(async () => ({ taken: ++asked * 1000, ...(asked > 1 && { kept: asked }) }), 1);
  await until('it has looked three times', () => asked >= 3);
  await pace.stop();
  const [taken, kept] = pace.totals('', { unit: 'kilo', each: 1000 }).lines;
  expect(taken.points.slice(0, 3).map(([, value]) => value)).toEqual([1, 2, 3]);
  expect(kept).toMatchObject({ name: 'kept', points: taken.points.slice(1).map(([at]) => [at, expect.any(Number)]) });
  expect(pace.rates('', { of: ['kept'] }).lines.map(({ name }) => name)).toEqual(['kept']);
});

test('A question that fails is told by whoever waits for the pace', async () => {
  const pace = new Pace(() => Promise.reject(new Error('nobody answers')), 1);
  await expect(pace.stop()).rejects.toThrow('nobody answers');
});
