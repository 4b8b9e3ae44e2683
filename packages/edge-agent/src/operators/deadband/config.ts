import { positiveDuration } from '@sluis/plugin-sdk';
import { z } from 'zod';
import { told } from '../told.ts';

const forms = [
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
] as const;

/** Of a number or keys zod itself says what is wrong with them. */
export const deadbandConfig = z.union(forms, {
  error: ({ input }) =>
    isOfAForm(input) ? undefined : `must be a number, as 0.5, or { absolute } or { percent }, not ${told(input)}`,
});

function isOfAForm(input: unknown): boolean {
  return input === undefined || Number.isFinite(input) || (typeof input === 'object' && input !== null);
}

export type DeadbandConfig = z.infer<typeof deadbandConfig>;
