import { expect, test } from 'vitest';
import { operatorOf, steps } from './index.ts';

test('steps are read into the configuration that operators get', () => {
  const parsed = steps.parse([
    { where: 'value < 500.0' },
    { deadband: 0.05 },
    { window: { every: '10s', aggregate: ['mean'] } },
  ]);
  expect(parsed.map((step) => operatorOf(step).operator.name)).toEqual(['where', 'deadband', 'window']);
  expect(operatorOf(parsed[2]).config).toEqual({ every: 10_000_000, aggregate: ['mean'], lateness: 0 });
});

test.each([
  [{}, 'a step is one of where, '],
  [{ where: 'true', deadband: 1 }, 'a step is one of where, '],
  [{ filter: 'true' }, 'Unrecognized key: "filter"'],
  [{ where: 'valeu > 1' }, 'Unknown variable: valeu'],
])('%j is refused', (step, message) => {
  const messages = steps.safeParse([step]).error?.issues.map((issue) => issue.message);
  expect(messages?.join('\n')).toContain(message);
});
