import { expect, test } from 'vitest';
import { defineOperator } from '@sluis/plugin-sdk';
import { map } from '@sluis/plugin-sdk/rxjs';
import { z } from 'zod';
import { type AnyOperator, operators, steps } from '../../../packages/edge-agent/src/operators/index.ts';
import { forgottenOperators, isStateful, statefulStreams } from './stateful-streams.ts';

test('every operator that keeps state is among those that are killed', () => {
  expect(forgottenOperators()).toEqual([]);
});

test('state is found where an operator declares it', () => {
  expect(isStateful(operators.where)).toBe(false);
  expect(isStateful(operators.deadband)).toBe(true);
  const planted = defineOperator({
    name: 'planted',
    version: 1,
    summary: 'Passes everything.',
    config: z.strictObject({}),
    examples: [{ title: 'All', config: {}, given: '', expected: '' }],
    create({ state }) {
      state.scalar('last', 0);
      return map((batch) => batch);
    },
  });
  expect(isStateful(planted as AnyOperator)).toBe(true);
});

test.each(Object.entries(statefulStreams('http')))('%s has steps that an agent takes', (_, stream) => {
  expect(steps.safeParse(stream.steps).error?.issues).toBeUndefined();
});
