import { namesOf, type OperatorDefinition } from '@sluis/plugin-sdk';
import { z } from 'zod';
import { alarm } from './alarm.ts';
import { clamp } from './clamp.ts';
import { convert } from './convert.ts';
import { deadband } from './deadband.ts';
import { durations } from './durations.ts';
import { fill } from './fill.ts';
import { join } from './join.ts';
import { group } from './group.ts';
import { integrate } from './integrate.ts';
import { rate } from './rate.ts';
import { rename } from './rename.ts';
import { sample } from './sample.ts';
import { select } from './select.ts';
import { swingingDoor } from './swinging-door.ts';
import { throttle } from './throttle.ts';
import { where } from './where.ts';
import { window } from './window.ts';

/** An operator whose configuration is validated before `create` sees it, so that the type of it may be forgotten. */
export type AnyOperator = OperatorDefinition<unknown>;

/** The built-in operators by the key of their step, which is their name. */
export const builtIn = {
  where,
  select,
  rename,
  convert,
  clamp,
  deadband,
  throttle,
  sample,
  window,
  alarm,
  rate,
  integrate,
  swingingDoor,
  fill,
  durations,
  join,
  group,
};
export const operators: Readonly<Record<string, AnyOperator>> = { ...builtIn };

/** One operator and its configuration, as its schema gives it: `{ deadband: 0.05 }`. */
export type Step = Readonly<Record<string, unknown>>;

const names = Object.keys(operators);
const isOneOf = (names: readonly string[]) => `a step is one of ${names.join(', ')}: { ${names[0]}: … }`;

/** A step in a configuration: an object with one key, the operator's name; and one from outside, which is refused. */
export const step = z
  .strictObject({
    ...Object.fromEntries(
      Object.values(operators).map(({ name, config, summary }) => [name, config.optional().describe(summary)]),
    ),
    use: z
      .string()
      .optional()
      .describe(
        'An operator from outside, as `./plugins/smooth`. Refused for now: it runs in the test kit and with `sluis-plugin`.',
      ),
    with: z.unknown().optional().describe('What the operator from outside is configured with.'),
  })
  .superRefine((step, context) => {
    const given = Object.keys(step).filter((name) => name !== 'with');
    if (given.length !== 1 || ('with' in step && !('use' in step))) {
      context.addIssue({ code: 'custom', message: isOneOf(names) });
    } else if (step.use !== undefined) {
      const message = `the operator "${step.use}" is from outside: until streams have hosts of their own, those run in the test kit and with sluis-plugin only`;
      context.addIssue({ code: 'custom', path: ['use'], message });
    }
  })
  .meta({ oneOf: [...names, 'use'].map((name) => ({ required: [name] })), dependencies: { with: ['use'] } });

export const steps: z.ZodType<readonly Step[]> = z.array(step);

export function operatorOf(step: Step): { operator: AnyOperator; config: unknown } {
  const [name, config] = Object.entries(step)[0];
  return { operator: operators[name], config };
}

/** True if the steps put the stream's name into the path of every series, which sets them apart from those of other streams. */
export function haveOwnNames(steps: readonly Step[]): boolean {
  return steps.reduce((own, step) => {
    const { operator, config } = operatorOf(step);
    const names = namesOf(operator, config);
    return names === 'kept' ? own : names === 'stream';
  }, false);
}
