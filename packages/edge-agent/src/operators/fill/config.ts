import { positiveDuration } from '@sluis/plugin-sdk';
import { z } from 'zod';
import { told } from '../told.ts';

/** Samples that a gap gets: what one sample may lead to. */
const MOST = 1000;
/** Unless a limit is given. */
const USUAL = 60;

export const fillConfig = z
  .strictObject({
    every: positiveDuration.describe(
      'Intervals of this length get a sample; they start at multiples of it since 1970 UTC',
    ),
    with: z
      .union([z.enum(['previous', 'linear']), z.number()], {
        error: ({ input }) => `must be previous, linear or a number, not ${told(input)}`,
      })
      .describe('The value before the gap, a line over it, or this number'),
    limit: positiveDuration
      .optional()
      .describe(
        'How long after a sample a gap is filled; a longer one has no line over it. At most 1000 intervals, 60 unless given',
      ),
  })
  .refine(({ every, limit = 0 }) => limit <= MOST * every, {
    path: ['limit'],
    error: `is more than ${MOST} intervals: what a gap may lead to has a bound`,
  })
  .transform(({ every, limit = USUAL * every, with: value }) => ({ every, limit, value }));

export type FillConfig = z.infer<typeof fillConfig>;
