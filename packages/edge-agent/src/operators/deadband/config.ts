import { positiveDuration } from '@sluis/plugin-sdk';
import { z } from 'zod';

export const deadbandConfig = z.union([
  z.number().nonnegative(),
  z
    .strictObject({
      absolute: z.number().nonnegative().optional().describe('How far away, in the unit of the series.'),
      percent: z.number().nonnegative().optional().describe('How far away, in percent of the last one that passed.'),
      heartbeat: positiveDuration
        .optional()
        .describe('Pass a sample, too, whose time is this long after that of the last one that passed, or before it.'),
    })
    .superRefine(({ absolute, percent }, context) => {
      if ((absolute === undefined) !== (percent === undefined)) return;
      context.addIssue({ code: 'custom', message: 'expected absolute or percent, one of them' });
    }),
]);

export type DeadbandConfig = z.infer<typeof deadbandConfig>;
