import { z } from 'zod';
import { fileKeys } from '../file/config.ts';

export const csvConfig = z
  .strictObject({
    type: z.literal('csv'),
    ...fileKeys,
    time: z
      .string()
      .min(1)
      .optional()
      .describe('Column with the time. Without it a line has the time at which it was read.'),
    delimiter: z
      .string()
      .regex(/^[\t !#$%&'*,/:;<=>?@\\^_`|~]$/, { error: 'must be one character such as , ; | or "\\t"' })
      .default(',')
      .describe('Character between cells.'),
    decimal: z.literal(['.', ',']).default('.').describe('Character that begins the fraction of a number.'),
  })
  .refine(({ delimiter, decimal }) => delimiter !== decimal, {
    error: 'delimiter and decimal are the same character: give delimiter: ";" for files with decimal: ","',
  });

export type CsvConfig = z.output<typeof csvConfig>;
