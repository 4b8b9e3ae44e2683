import { namesOf, type OperatorDefinition } from '@sluis/plugin-sdk';
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
  .strictObject(
    Object.fromEntries(
      Object.values(operators).map(({ name, config, summary }) => [name, config.optional().describe(summary)]),
    ),
  )
  .refine((step) => Object.keys(step).length === 1, {
    error: `a step is one of ${names.join(', ')}: { ${names[0]}: … }`,
  })
  .meta({ minProperties: 1, maxProperties: 1 });

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
