import { expect, test } from 'vitest';
import { operators } from '../../packages/edge-agent/src/operators/index.ts';
import { checkSame } from './beside.ts';
import { durations } from './durations.ts';
import { statesOutOfOrder, walksOutOfOrder } from './input.ts';
import { join } from './join.ts';
import { yardsticks } from './yardsticks.ts';

test('every operator of the registry has a yardstick, and nothing else does', () => {
  const measured = new Set(Object.entries(yardsticks).map(([name, { operator = name }]) => operator));
  expect([...measured].sort()).toEqual(Object.keys(operators).sort());
});

test.each(Object.entries(yardsticks))('%s comes to the same results as its yardstick', (name, yardstick) => {
  checkSame(name, yardstick);
});

test('the loop that joins keeps what late samples need', () => {
  checkSame('join', { ...join, shape: walksOutOfOrder });
});

test('the loop of durations keeps what late samples need, also those of windows that have closed', () => {
  checkSame('durations', { ...durations, shape: statesOutOfOrder(2) }, { ticks: true });
});
