import { z } from 'zod';
import { fileKeys } from '../file/config.ts';
import { endsWithColumn } from '../file/series-template.ts';

export const ndjsonConfig = z
  .strictObject({
    type: z.literal('ndjson'),
    ...fileKeys,
    time: z
      .string()
      .min(1)
      .optional()
      .describe("Member with the time of the line's samples. Without it a line has the time at which it was read."),
  })
  .refine(({ series }) => endsWithColumn(series), {
    path: ['series'],
    error: '{column} must be the last level: members of members go on below it',
  });

export type NdjsonConfig = z.output<typeof ndjsonConfig>;
