import { z } from 'zod';

const DEFAULT_RATE_HZ = 100;
const MAX_RATE_HZ = 10_000;
const MAX_PRESSES = 1_000;

export const simulatorConfig = z.strictObject({
  type: z.literal('simulator'),
  seed: z.int().nonnegative().default(1).describe('The same seed gives the same press line.'),
  presses: z.int().min(1).max(MAX_PRESSES).default(3).describe('Presses on the line.'),
  rate: z.number().positive().max(MAX_RATE_HZ).default(DEFAULT_RATE_HZ).describe('Measurements of each ram a second.'),
});

export type SimulatorConfig = z.output<typeof simulatorConfig>;
