import { duration, positiveDuration } from '@sluis/plugin-sdk';
import { z } from 'zod';

export const aggregates = ['count', 'sum', 'mean', 'min', 'max', 'first', 'last', 'stddev'] as const;
export type Aggregate = (typeof aggregates)[number];

export const windowConfig = z.strictObject({
  every: positiveDuration.describe('Length of a window; windows start at multiples of it since 1970 UTC'),
  aggregate: z
    .array(z.enum(aggregates))
    .min(1)
    .refine((names) => new Set(names).size === names.length, { error: 'each aggregate once' })
    .meta({ uniqueItems: true })
    .describe('What is computed of each window; each gives a series of its own.'),
  lateness: duration.prefault('0s').describe('How long after its end, in event time, a window still waits for samples'),
  idle: positiveDuration.optional().describe('Close the windows of a series that has had no sample for this long'),
});

export type WindowConfig = z.infer<typeof windowConfig>;
