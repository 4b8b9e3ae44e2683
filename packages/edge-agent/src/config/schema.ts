import { address, positiveDuration, positiveSize, size } from '@sluis/plugin-sdk';
import { z } from 'zod';
import { steps } from '../operators/index.ts';
import { sourceConfig } from '../sources/index.ts';
import { isTimeZone, weekdays } from '../uplink/bandwidth.ts';

/** Names that become parts of paths, file names and labels; not the two that file systems have for folders. */
const name = z.string().regex(/^(?!\.{1,2}$)[\w.-]{1,64}$/, {
  error: 'must be 1 to 64 letters, digits, or any of _ . -, and not . or ..',
});
/** A part of paths with one or more levels: short enough that a path stays within what a hub takes. */
const levels = z
  .string()
  .max(200, { error: 'must be at most 200 characters' })
  .regex(/^[\w.-]{1,64}(?:\/[\w.-]{1,64})*$/, {
    error: 'must be levels of 1 to 64 letters, digits, or any of _ . - with a / between them',
  });

const agent = z
  .strictObject({
    id: name.describe('Identity of this agent: unique at the hub.'),
    site: name.describe('First level of every path.'),
    data: z.string().default('./edge-data').describe('Folder of journal, outbox and snapshots, for this agent alone.'),
    status: address.default({ host: '127.0.0.1', port: 8090 }).describe('Where /status and /metrics are served.'),
    secrets: z.string().default('./secrets').describe('Folder whose files are what ${secret:NAME} refers to.'),
    skew: positiveDuration
      .default(86_400_000_000)
      .describe('A sample further ahead of the clock than this moves no window: its clock is wrong.'),
  })
  .describe('Who this agent is, and where it keeps what it has.');

/** A size per second. */
const rate = size;
const timeOfDay = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d$/, { error: 'must be a time of day, as 18:00' })
  .transform((text) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3)))
  .meta({ pattern: '^([01]\\d|2[0-3]):[0-5]\\d$', written: ['18:00', '06:30'] });
const timeZone = z
  .string()
  .refine(isTimeZone, { error: 'is no time zone: write UTC, or a name such as Europe/Amsterdam' });

const hub = z
  .strictObject({
    url: z
      .string()
      .meta({ pattern: '^grpc://[^/]+/?$', written: ['grpc://127.0.0.1:7443'] })
      .describe('grpc://host:port'),
    limit: rate.optional().describe('Bytes per second to the hub, where the schedule does not say otherwise.'),
    schedule: z
      .array(
        z.strictObject({
          from: timeOfDay.describe('When it begins.'),
          to: timeOfDay.describe('When it ends: on the next day, if that is not later than it begins.'),
          days: z
            .array(z.enum(weekdays))
            .min(1)
            .default([...weekdays])
            .describe('Days on which it begins. Default: every day.'),
          limit: rate.describe('Bytes per second; at 0B only alarms are sent.'),
        }),
      )
      .default([])
      .describe('Limits by time of day: the first that holds counts. Alarms do not wait for them.'),
    zone: timeZone.default('UTC').describe('Time zone of the schedule, as Europe/Amsterdam.'),
  })
  .describe('Where results go.');

const journal = z.strictObject({
  quota: size.default(1 << 30).describe('Raw data kept as a flight recorder; the oldest goes first.'),
  keep: positiveDuration
    .optional()
    .describe('What no stream needs any more goes when it is older than this. Default: as far as the quota reaches.'),
  hardQuota: size
    .optional()
    .describe(
      'Where intake stops if streams or the hub are this far behind, at least the quota. Default: twice the quota.',
    ),
});

const outbox = z.strictObject({
  quota: size.default(4 * 2 ** 30).describe('Results kept for a hub that is away.'),
  keep: positiveDuration
    .optional()
    .describe('Results that are older than this are shed: given up, counted and told to the hub. Default: none are.'),
  whenFull: z
    .enum(['back-pressure', 'shed-oldest'])
    .default('back-pressure')
    .describe(
      'At the quota, or on a full disk: back-pressure lets streams wait, then sources; shed-oldest gives up the oldest results, counts them and tells the hub.',
    ),
});

/** A million paths of 67 bytes. */
const DEFAULT_PATHS = 64 << 20;

const limits = z.strictObject({
  series: z
    .int()
    .positive()
    .default(1_000_000)
    .describe('Series taken in, and series sent: samples of further ones are rejected, or dropped.'),
  paths: positiveSize
    .default(DEFAULT_PATHS)
    .describe(
      'The paths of series taken in, together, and of series sent: samples of further ones are rejected, or dropped. One path has at most 1 KiB where it is taken in.',
    ),
});

/** The name of a file that defines streams. */
export const STREAMS_FILE = /\.(?:ts|mts|js|mjs)$/;
const NO_STREAMS = 'must be streams by name, or a file that defines them, as ./sluis.config.ts';

const stream = z.strictObject({
  from: z
    .union([name.transform((source) => [source]), z.array(name).min(1)], {
      error: 'must be the name of a source, or a list of names',
    })
    .describe('Sources whose samples enter.'),
  steps: steps.default([]).describe('Operators, in order.'),
  as: levels.optional().describe('Put after the site in the path of every series that the stream emits.'),
});

/** In the order of the flow, in which the documentation has it too. */
export const agentSchema = z.strictObject({
  agent,
  sources: z.record(name, sourceConfig).default({}).describe('Where samples come from, by names of your choice.'),
  journal: journal.prefault({}).describe('Raw data at the edge: buffer in front of the streams, and flight recorder.'),
  streams: z
    .record(name, stream, { error: ({ code }) => (code === 'invalid_type' ? NO_STREAMS : undefined) })
    .default({})
    .describe('What leaves the site, by names of your choice. A stream without steps passes on what comes as it is.'),
  outbox: outbox.prefault({}).describe('Results that the hub has not acknowledged yet.'),
  hub,
  limits: limits.prefault({}).describe('Bounds of what is held in memory.'),
});

/** What a file may hold: its streams may stand in a file of their own. */
export const writtenSchema = agentSchema.extend({
  streams: z
    .union([z.string().regex(STREAMS_FILE), agentSchema.shape.streams.unwrap()])
    .default({})
    .describe(
      'What leaves the site, by names of your choice, or the file of TypeScript that defines it. A stream without steps passes on what comes as it is.',
    ),
});

/** A checked configuration, and the folder of its file, where relative paths start. */
export type AgentConfig = z.output<typeof agentSchema> & { readonly folder: string };
