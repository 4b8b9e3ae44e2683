import { positiveDuration } from '@sluis/plugin-sdk';
import { z } from 'zod';

export const rateConfig = z
  .strictObject({
    per: positiveDuration.prefault('1s').describe('The time that the rate is for: per 1s, per 1h'),
    counter: z
      .boolean()
      .prefault(false)
      .describe('The value only grows: one that is smaller than the one before has started again at 0'),
    wrapsAt: z
      .number()
      .positive()
      .optional()
      .describe(
        'Where a counter begins at 0 again, such as 65536: taken for that if it is nearer than half of this, else for a start',
      ),
    maxGap: positiveDuration.optional().describe('Samples further apart than this have no rate between them'),
  })
  .refine(({ counter, wrapsAt }) => counter || wrapsAt === undefined, {
    path: ['wrapsAt'],
    error: 'only a counter wraps: set counter: true',
  });

export type RateConfig = z.infer<typeof rateConfig>;
