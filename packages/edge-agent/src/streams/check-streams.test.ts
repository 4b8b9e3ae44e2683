import { defineOperator } from '@sluis/plugin-sdk';
import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { operators } from '../operators/index.ts';
import { checkStreams } from './check-streams.ts';

const window = { window: { every: 10_000_000, aggregate: ['mean'] } };

test.each([
  ['streams of other sources', { a: { from: ['tcp'], steps: [] }, b: { from: ['mqtt'], steps: [] } }, 0],
  [
    'two plain streams of a source',
    { a: { from: ['tcp'], steps: [] }, b: { from: ['mqtt', 'tcp'], steps: [{ where: 'true' }] } },
    1,
  ],
  ['one of them under another name', { a: { from: ['tcp'], steps: [] }, b: { from: ['tcp'], steps: [], as: 'b' } }, 0],
  [
    'both under the same name',
    { a: { from: ['tcp'], steps: [], as: 'x' }, b: { from: ['tcp'], steps: [], as: 'x' } },
    1,
  ],
  ['a window beside a plain stream', { a: { from: ['tcp'], steps: [] }, b: { from: ['tcp'], steps: [window] } }, 0],
  ['two windows', { a: { from: ['tcp'], steps: [window] }, b: { from: ['tcp'], steps: [window] } }, 0],
  [
    'three plain streams',
    { a: { from: ['tcp'], steps: [] }, b: { from: ['tcp'], steps: [] }, c: { from: ['tcp'], steps: [] } },
    3,
  ],
])('%s', (_, streams, problems) => expect(checkStreams(streams)).toHaveLength(problems));

test('the problem says which and what to do', () => {
  const [problem] = checkStreams({ raw: { from: ['tcp'], steps: [] }, big: { from: ['tcp'], steps: [] } });
  expect(problem).toEqual({
    path: ['streams', 'big', 'from'],
    message: '"big" and "raw" would both emit the series of tcp',
    hint: 'give one of them another name for its series, such as  as: big',
  });
});

test('a step that chooses names may undo what sets those of a window apart', () => {
  const choose = defineOperator({
    name: 'choose',
    version: 1,
    summary: 'Call all series as the configuration says.',
    config: z.string(),
    names: (as) => (as.includes('{stream}') ? 'stream' : 'chosen'),
    create: () => (input) => input,
  });
  Object.assign(operators, { choose });
  onTestFinished(() => {
    delete (operators as Record<string, unknown>).choose;
  });
  const problems = (...steps: object[]) => {
    const stream = { from: ['tcp'], steps: steps as Record<string, unknown>[] };
    return checkStreams({ a: stream, b: stream }).length;
  };
  expect(problems(window, { choose: 'x' })).toBe(1);
  expect(problems(window, { choose: 'x' }, window)).toBe(0);
  expect(problems({ choose: '{stream}/x' }, { where: 'true' })).toBe(0);
});
