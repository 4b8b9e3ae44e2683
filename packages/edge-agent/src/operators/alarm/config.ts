import { duration, positiveDuration } from '@sluis/plugin-sdk';
import { z } from 'zod';
import { told } from '../told.ts';

const MAX_ALARMS = 16;
const MAX_NAME = 128;

const deviation = z.union(
  [
    z.number(),
    z.strictObject({
      mean: positiveDuration.describe('The mean forgets with this time constant, exponentially, by event time'),
    }),
  ],
  {
    error: ({ input }) =>
      typeof input === 'object' && input !== null ? undefined : `must be a number or { mean: 10m }, not ${told(input)}`,
  },
);

export const alarmRule = z
  .strictObject(
    {
      above: z.number().optional().describe('Alarm setpoint: what is greater is abnormal'),
      below: z.number().optional().describe('Alarm setpoint: what is less is abnormal'),
      rate: positiveDuration
        .optional()
        .describe('Look at the change since the sample before, for this time, instead of at the value'),
      deviation: deviation
        .optional()
        .describe('Look at the distance from this number, or from the recent mean, instead of at the value'),
      deadband: z
        .number()
        .nonnegative()
        .default(0)
        .describe('How far back beyond the setpoint it has to come for the alarm to return to normal'),
      onDelay: duration
        .prefault('0s')
        .describe('How long, in event time, it has to be abnormal without a break before the alarm is raised'),
      offDelay: duration
        .prefault('0s')
        .describe('How long it has to be normal again without a break before the alarm returns'),
      priority: z
        .enum(['low', 'medium', 'high', 'critical'])
        .optional()
        .describe('Emitted with each state, in a series of its own'),
    },
    {
      error: ({ code, input }) =>
        code === 'invalid_type' ? `must say what is abnormal, as { above: 80 }, not ${told(input)}` : undefined,
    },
  )
  .refine(({ above, below }) => (above === undefined) !== (below === undefined), {
    error: 'needs one setpoint: either above or below',
  })
  .refine(({ rate, deviation }) => rate === undefined || deviation === undefined, {
    error: 'looks either at the rate or at the deviation',
  })
  .refine(({ below, deviation }) => below === undefined || deviation === undefined, {
    error: 'a deviation is a distance: its setpoint is above',
  });

export type AlarmRuleConfig = z.infer<typeof alarmRule>;

export const alarmConfig = z
  .record(
    z
      .string()
      .max(MAX_NAME)
      .regex(/^[^/]+$/, { error: 'is one level of a path: no / in it' }),
    alarmRule,
  )
  .refine((rules) => Object.keys(rules).length > 0, { error: 'needs an alarm: { NAME: { above: 80 } }' })
  .refine((rules) => Object.keys(rules).length <= MAX_ALARMS, { error: `has more than ${MAX_ALARMS} alarms` })
  .meta({ minProperties: 1, maxProperties: MAX_ALARMS });
