import { SeriesLimitError } from '@sluis/plugin-sdk';
import { expect, test } from 'vitest';
import { FakeContext, until } from '../fake-context.ts';
import { simulatorConfig } from './config.ts';
import { simulator } from './simulator.ts';

const newContext = () => new FakeContext(simulatorConfig.parse({ type: 'simulator', presses: 1, rate: 100 }));

test('the presses report what time has passed, with units', async () => {
  const context = newContext();
  const start = context.clock;
  await using source = simulator.create(context);
  await source.start();
  context.clock += 990_000;
  await until('a second', () => context.stored.length > 0);
  const forces = context.stored.filter(({ path }) => path === 'lab/press-1/ram/force');
  expect(forces.map(({ time }) => time)).toEqual(Array.from({ length: 100 }, (_, i) => start + i * 10_000));
  expect(context.series.definition(context.series.id('lab/press-1/ram/force') ?? -1).unit).toBe('kN');
  expect(context.states.at(-1)?.state).toBe('running');
});

test('after a long rest the presses go on from now', async () => {
  const context = newContext();
  await using source = simulator.create(context);
  await source.start();
  context.clock += 3_600_000_000;
  const now = context.clock;
  await until('a report', () => context.stored.length > 0);
  expect(context.stored.every(({ time }) => time === now)).toBe(true);
});

test('series beyond the limit are counted, the others go on', async () => {
  const context = newContext();
  const intern = context.series.intern.bind(context.series);
  context.series.intern = (path, unit) => {
    if (path.endsWith('force')) throw new SeriesLimitError('one more than the limit');
    return intern(path, unit);
  };
  await using source = simulator.create(context);
  await source.start();
  context.clock += 90_000;
  await until('reports', () => context.stored.length > 0);
  expect(context.rejectedCount('series limit')).toBe(10);
  expect(context.stored.some(({ path }) => path.endsWith('position'))).toBe(true);
});
