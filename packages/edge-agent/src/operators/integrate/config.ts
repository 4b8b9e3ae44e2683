import { positiveDuration } from '@sluis/plugin-sdk';
import { z } from 'zod';

export const integrateConfig = z.strictObject({
  per: positiveDuration.prefault('1s').describe('The time that the unit is multiplied by: 1h makes kWh of kW'),
  method: z
    .enum(['trapezoid', 'previous'])
    .prefault('trapezoid')
    .describe('Between two samples the value is on the line from one to the other, or it stays as it was before'),
  maxGap: positiveDuration.optional().describe('Between samples further apart than this nothing is added'),
});

export type IntegrateConfig = z.infer<typeof integrateConfig>;
