import { dirname } from 'node:path';
import { positiveDuration } from '@sluis/plugin-sdk';
import { z } from 'zod';
import { isTimeZone } from './local-time.ts';
import { templateFault } from './series-template.ts';

const DEFAULT_POLL = 1_000_000;

const zone = z.string().superRefine((name, context) => {
  if (isTimeZone(name)) return;
  context.addIssue({ code: 'custom', message: `'${name}' is no time zone: write a name such as Europe/Amsterdam` });
});

const template = z.string().superRefine((text, context) => {
  const fault = templateFault(text);
  if (fault) context.addIssue({ code: 'custom', message: `'${text}': ${fault}` });
});

/** Keys of all sources that follow files. */
export const fileKeys = {
  path: z
    .string()
    .min(1)
    .refine((path) => !dirname(path).includes('*'), { error: '* can stand in the last part of a path only' })
    .describe('File to follow; relative paths start at this configuration. * in its last part follows all that match.'),
  unit: z
    .literal(['ns', 'us', 'ms', 's'])
    .optional()
    .describe('Unit of times that are numbers since 1970. Without it times are ISO 8601.'),
  zone: zone
    .optional()
    .describe('Where clocks show the times that name no offset, such as Europe/Amsterdam. Default: UTC.'),
  poll: positiveDuration
    .default(DEFAULT_POLL)
    .describe('How often the file is looked at where the system does not say that it changed.'),
  lastLine: positiveDuration
    .optional()
    .describe(
      'Takes a last line without a line end once the file has not changed for so long. Without it such a line waits for its end.',
    ),
  series: template
    .default('{file}')
    .describe(
      'Path below the site. {column} is the name of the value, {file} that of the file without its ending, any other name in braces the value of that name.',
    ),
};

export interface FileConfig {
  readonly path: string;
  readonly unit?: 'ns' | 'us' | 'ms' | 's' | undefined;
  readonly zone?: string | undefined;
  readonly poll: number;
  readonly lastLine?: number | undefined;
  readonly series: string;
}
