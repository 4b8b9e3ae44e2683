import { duration, formatDuration, positiveDuration } from '@sluis/plugin-sdk';
import { z } from 'zod';

/** How many windows one state may reach over without a sample: what one sample leads to is bounded. */
const MAX_HELD_WINDOWS = 1024;
const DAY = 86_400_000_000;

export const durationsConfig = z
  .strictObject({
    every: positiveDuration.describe('Length of a window; windows start at multiples of it since 1970 UTC'),
    hold: positiveDuration
      .optional()
      .describe('How long a state lasts at most without another sample: 1d, or 1,024 windows if that is less'),
    lateness: duration
      .prefault('0s')
      .describe('How long after its end, in event time, a window still waits for samples'),
    idle: positiveDuration
      .optional()
      .describe("Where a series has had no sample for this long, let its time go on with the agent's clock"),
  })
  .superRefine(({ every, hold }, context) => {
    if (hold === undefined || hold <= every * MAX_HELD_WINDOWS) return;
    const most = formatDuration(every * MAX_HELD_WINDOWS);
    context.addIssue({
      code: 'custom',
      path: ['hold'],
      message: `is more than ${MAX_HELD_WINDOWS} windows: at most ${most}`,
    });
  });

/** How long a state lasts at most without another sample (µs). */
export function holdOf({ every, hold }: DurationsConfig): number {
  return hold ?? Math.min(DAY, every * MAX_HELD_WINDOWS);
}

export type DurationsConfig = z.infer<typeof durationsConfig>;
