import { duration, missingCapture, pathTemplate, positiveDuration, seriesPattern } from '@sluis/plugin-sdk';
import { z } from 'zod';

const aggregates = ['count', 'sum', 'mean', 'min', 'max'] as const;
export type GroupAggregate = (typeof aggregates)[number];

export const groupConfig = z
  .strictObject({
    by: seriesPattern.describe('Pattern of paths: the series that are put together'),
    as: pathTemplate.describe(
      'Path of the group; {1} is what the first * or ** of by stands for. Series with the same are one group',
    ),
    every: positiveDuration.describe('Length of a window; windows start at multiples of it since 1970 UTC'),
    aggregate: z
      .array(z.enum(aggregates))
      .min(1)
      .refine((names) => new Set(names).size === names.length, { error: 'each aggregate once' })
      .meta({ uniqueItems: true })
      .describe('What is computed of the last samples of all series of the group; each gives a series of its own'),
    lateness: duration
      .prefault('0s')
      .describe('How long after its end, in event time, a window still waits for samples'),
    revise: duration
      .optional()
      .describe('How long, in event time, a closed window may still be revised; its own length or 1m, if that is more'),
    wait: duration
      .prefault('5s')
      .describe(
        'A window waits for each series of the group, but for none that has been silent for this long, nor any longer than this',
      ),
  })
  .superRefine(({ by, as }, context) => {
    const missing = missingCapture(by, as);
    if (missing === undefined) return;
    context.addIssue({ code: 'custom', path: ['as'], message: `{${missing}} stands for nothing in "${by}"` });
  });

export type GroupConfig = z.infer<typeof groupConfig>;
