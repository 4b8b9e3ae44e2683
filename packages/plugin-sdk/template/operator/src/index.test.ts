import { marbles, replaysExactly, run } from '@sluis/plugin-sdk/testing';
import { expect, test } from 'vitest';
import __key__ from './index.ts';

test('a weight of 1 changes nothing', () => {
  const given = marbles('1-5-2', {}, { series: 'm1/t', step: '1s' });
  expect(run(__key__, { weight: 1 }, given).samples).toEqual(given);
});

test('each series is smoothed for itself', () => {
  const given = `
    0s  m1/t  10
    0s  m2/t  50
    1s  m1/t  20
    1s  m2/t  50
  `;
  const { samples } = run(__key__, { weight: 0.5 }, given);
  expect(samples.map(({ value }) => value)).toEqual([10, 50, 15, 50]);
});

test('it goes on exactly where it was, wherever the agent is restarted', () => {
  const given = marbles('193|75-28|4', {}, { series: 'm1/t', step: '1s' });
  replaysExactly(__key__, { weight: 0.3 }, given);
});
