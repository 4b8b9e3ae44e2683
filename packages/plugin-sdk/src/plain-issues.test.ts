import { expect, test } from 'vitest';
import { z } from 'zod';
import { plainIssues } from './plain-issues.ts';
import { positiveDuration } from './units/duration.ts';

const keys = z.strictObject({ absolute: z.number().nonnegative(), heartbeat: positiveDuration.optional() });
const config = z.strictObject({
  deadband: z.union([z.number().nonnegative(), keys]).optional(),
  throttle: z.union([positiveDuration, z.strictObject({ every: positiveDuration })]).optional(),
  select: z
    .union([z.string(), z.array(z.string()), z.strictObject({ series: z.union([z.string(), z.null()]) })])
    .optional(),
  from: z.union([z.string(), z.array(z.string())], { error: 'must be a name, or a list of names' }).optional(),
  alarms: z.record(z.string().regex(/^[^/]+$/, { error: 'has no / in it' }), z.number()).optional(),
});

test.each([
  [{ deadband: -1 }, 'deadband: Too small: expected number to be >=0'],
  [{ deadband: 'much' }, 'deadband: Invalid input: expected number or object'],
  [{ deadband: { absolute: 'x' } }, 'deadband.absolute: Invalid input: expected number, received string'],
  [{ deadband: { absolut: 1 } }, 'deadband.absolute: Invalid input: expected number, received undefined'],
  [{ deadband: { absolut: 1 } }, 'deadband: Unrecognized key: "absolut"'],
  [{ deadband: { absolute: 1, heartbeat: '5' } }, "deadband.heartbeat: '5' is not a duration"],
  [{ throttle: '5' }, "throttle: '5' is not a duration"],
  [{ throttle: 5 }, 'throttle: 5 is not a duration: write 250ms'],
  [{ throttle: { every: 5 } }, 'throttle.every: 5 is not a duration: write 250ms'],
  [{ select: [1] }, 'select.0: Invalid input: expected string, received number'],
  [{ select: 1 }, 'select: Invalid input: expected string or array or object'],
  [{ select: { series: 1 } }, 'select.series: Invalid input: expected string or null'],
  [{ from: [1] }, 'from: must be a name, or a list of names'],
  [{ alarms: { 'a/b': 1 } }, 'alarms.a/b: the name has no / in it'],
  [{ form: [1] }, ': Unrecognized key: "form"'],
])('%j: %s', (given, message) => {
  const issues = plainIssues(config.safeParse(given).error?.issues ?? []);
  const messages = issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  expect(messages.join('\n')).toContain(message);
});
