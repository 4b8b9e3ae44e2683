import type { OperatorDefinition } from '@sluis/plugin-sdk';
import { z } from 'zod';
import { deadband } from './deadband.ts';
import { where } from './where.ts';
import { window } from './window.ts';

/** An operator whose configuration is validated before `create` sees it, so that the type of it may be forgotten. */
export type AnyOperator = OperatorDefinition<unknown>;

/** The built-in operators by the name of their step. */
export const operators: Readonly<Record<string, AnyOperator>> = Object.fromEntries(
  [where, deadband, window].map((operator) => [operator.name, operator as AnyOperator]),
);

/** One operator and its configuration, as its schema gives it: `{ deadband: 0.05 }`. */
export type Step = Readonly<Record<string, unknown>>;

const names = Object.keys(operators);

/** A step in a configuration: an object with one key, the operator's name. */
export const step = z
  .strictObject({
    where: where.config.optional().describe('Pass the samples for which a CEL expression is true.'),
    deadband: deadband.config
      .optional()
      .describe('Pass a sample that is more than this away from the last one passed.'),
    window: window.config.optional().describe('Aggregate each series over windows of time.'),
  })
  .refine((step) => Object.keys(step).length === 1, {
    error: `a step is one of ${names.join(', ')}: { ${names[0]}: … }`,
  })
  .meta({ minProperties: 1, maxProperties: 1 });

export const steps: z.ZodType<readonly Step[]> = z.array(step);

export function operatorOf(step: Step): { operator: AnyOperator; config: unknown } {
  const [name, config] = Object.entries(step)[0];
  return { operator: operators[name], config };
}
