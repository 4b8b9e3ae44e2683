import { MAX_PATH_BYTES } from '@sluis/protocol';
import { z } from 'zod';
import { aggregateNames } from '../query/plan.ts';
import { formats } from '../query/query.ts';
import { parseDuration, parseTime } from './times.ts';

/*
 * What requests may ask and what answers look like. Requests are checked by these schemas and the OpenAPI document is
 * made from them, so the two cannot differ.
 */

/** Of a path that the hub takes: it has no more characters than bytes. */
const MAX_PATH_CHARACTERS = MAX_PATH_BYTES;
/** All times that a sample can have lie in here. */
export const allTimes = { from: -(2 ** 53), to: 2 ** 53 };

/** A parameter read by `parse`, which gives undefined for what it cannot read. */
function parsed<T>(parse: (text: string) => T | undefined, expected: string) {
  return z.string().transform((text, context): T => {
    const value = parse(text);
    if (value !== undefined) return value;
    context.addIssue({ code: 'custom', message: `'${text.slice(0, 80)}' is not ${expected}` });
    return z.NEVER;
  });
}

const time = parsed(parseTime, 'a time: ISO 8601 such as 2026-01-31T08:00:00Z, or whole microseconds since 1970');
const from = time.default(allTimes.from).meta({ description: 'First time, inclusive: ISO 8601, or µs since 1970.' });
const to = time.default(allTimes.to).meta({ description: 'Last time, exclusive: ISO 8601, or µs since 1970.' });
const series = z.string().min(1).max(MAX_PATH_CHARACTERS).meta({ description: 'Path of one series.' });
const format = z.enum(formats).default('json');

const functions = z
  .string()
  .default('mean')
  .transform((text, context) => {
    const names = text.split(',');
    const known = names.filter((name) => aggregateNames.some((aggregate) => aggregate === name));
    const unknown = names.find((name) => !known.includes(name));
    if (unknown !== undefined) {
      context.addIssue({ code: 'custom', message: `'${unknown}' is none of ${aggregateNames.join(', ')}` });
      return z.NEVER;
    }
    if (new Set(names).size < names.length) {
      context.addIssue({ code: 'custom', message: 'a function is asked for twice' });
      return z.NEVER;
    }
    return aggregateNames.filter((name) => names.includes(name)).sort((a, b) => names.indexOf(a) - names.indexOf(b));
  })
  .meta({ description: `Comma-separated, in the order of the columns: ${aggregateNames.join(', ')}.` });

/** A selection whose times are in the wrong order is a mistake, not an empty answer. */
const inOrder = (times: { from: number; to: number }): boolean => times.from <= times.to;
const outOfOrder = { message: 'it is after to', path: ['from'] };

export const seriesParameters = z.strictObject({
  match: z
    .string()
    .min(1)
    .max(MAX_PATH_CHARACTERS)
    .optional()
    .meta({ description: 'Pattern of paths: * is one level, ** is any number.', examples: ['lab/*/temperature'] }),
});

export const samplesParameters = z.strictObject({ series, from, to, format }).refine(inOrder, outOfOrder);

export const aggregateParameters = z
  .strictObject({
    series,
    from,
    to,
    every: parsed(parseDuration, 'a duration such as 250ms, 10s, 5m, 1h or 1d').meta({
      description: 'Length of a window, aligned to 1970 UTC.',
      examples: ['10s'],
    }),
    fn: functions,
    format,
  })
  .refine(inOrder, outOfOrder);

/** Of a chart: more than the widest screens have. */
const MAX_PIXELS = 4096;

export const chartParameters = z
  .strictObject({
    series,
    from: time.optional().meta({ description: 'First time, inclusive; without it the first sample.' }),
    to: time.optional().meta({ description: 'Last time, exclusive; without it just after the last sample.' }),
    pixels: z.coerce.number().int().min(1).max(MAX_PIXELS).default(800).meta({
      description: 'Columns that the times are divided into: as many as the chart has from left to right.',
    }),
  })
  .refine(({ from = allTimes.from, to = allTimes.to }) => from <= to, outOfOrder);

export const noParameters = z.strictObject({});

const microseconds = z.int().meta({ description: 'µs since 1970' });
const value = z
  .union([z.number(), z.string(), z.boolean(), z.null()])
  .meta({ description: 'NaN, infinities and integers beyond 2^53 are strings.' });

export const seriesAnswer = z.object({
  series: z.array(
    z.object({
      path: z.string(),
      type: z.enum(['double', 'boolean', 'int64', 'uint64', 'text']).nullable().meta({
        description: 'Type of the latest sample; null without samples.',
      }),
      unit: z.string(),
      first: microseconds.nullable(),
      last: microseconds.nullable(),
      samples: z.int().meta({ description: 'Distinct times.' }),
    }),
  ),
});

export const rowsAnswer = z.object({
  series: z.string(),
  columns: z.array(z.string()),
  rows: z.array(z.array(value)),
});

const gapSamples = z.int().nullable().meta({ description: 'How many samples are missing; null where nobody knows.' });
const gapReason = z.string().meta({
  description:
    'Why they will never come. The agent gave them up: quota, age, disk, damaged, refused. The hub found out: missing; outbox lost. Several: old gaps in one.',
});

const gapSource = z.string().optional().meta({
  description:
    'Of what the journal of an agent lost: the source that the samples came from; empty where nobody knows. It is told with each series of the agent.',
});

export const samplesAnswer = rowsAnswer.extend({
  gaps: z
    .array(
      z.object({
        from: microseconds.nullable(),
        to: microseconds.nullable().meta({ description: 'µs since 1970, inclusive.' }),
        samples: gapSamples,
        reason: gapReason,
        agent: z.string(),
        source: gapSource,
      }),
    )
    .meta({
      description:
        'What will never come from agents that send this series, and may have samples of it in the time asked for. Times are null where nobody knows them.',
    }),
});

export const chartAnswer = samplesAnswer.extend({
  from: z.int().meta({ description: 'µs since 1970: the part of the times asked for that columns divide.' }),
  to: z.int().meta({ description: 'µs since 1970, exclusive.' }),
  form: z.enum(['line', 'changes']).meta({
    description: 'changes: all values of the series are texts, of which the latest changes are given.',
  }),
  downsampled: z.boolean().meta({
    description:
      'False: these are all samples. True: of a line the first, least, greatest and last of each pixel column, so that it looks as if all were drawn.',
  }),
});

export const agentsAnswer = z.object({
  agents: z.array(
    z.object({
      id: z.string(),
      site: z.string(),
      software: z.string(),
      connected: z.boolean(),
      lastSeen: microseconds,
      problem: z.string().nullable().meta({ description: 'What is wrong, for people: two agents with this id.' }),
      acked: z
        .object({ samples: z.int(), segments: z.int(), bytes: z.int() })
        .meta({ description: "Totals of the agent's life: raw samples and results, and the bytes of segments." }),
      dropped: z
        .record(z.string(), z.int())
        .meta({ description: 'Samples that queries never see, by reason: series limit, or invalid series.' }),
      backlog: z.object({ samples: z.int(), bytes: z.int() }),
      gaps: z.array(
        z.object({
          epoch: z.string(),
          lane: z.enum(['alarm', 'data', 'detail', 'journal']).meta({
            description:
              "journal: lost before there were results of it. Epoch and sequences are then the journal's, between which other samples lie too.",
          }),
          source: gapSource,
          from: z.int(),
          to: z.int(),
          samples: gapSamples,
          reason: gapReason,
          firstTime: microseconds.nullable(),
          lastTime: microseconds.nullable(),
        }),
      ),
    }),
  ),
});

const files = { samples: z.int(), bytes: z.int() };

export const storeAnswer = z.object({
  hot: z.object({ samples: z.int(), limit: z.int() }).meta({ description: 'Samples that are not in files yet.' }),
  files: z.object({
    count: z.int(),
    ...files,
    tiers: z
      .array(z.object({ tier: z.int(), groups: z.int(), files: z.int(), ...files }))
      .meta({ description: 'Groups of files of about the same size, the smallest first.' }),
  }),
  work: z.record(z.string(), z.int()).meta({ description: 'Jobs on files since the hub started, by kind.' }),
  troubles: z.array(z.string()).meta({ description: 'What is wrong at the moment, for people.' }),
});

export const healthAnswer = z.object({ status: z.string() });
export const readyAnswer = z.object({
  status: z.enum(['ready', 'not ready']),
  checks: z.record(z.string(), z.string()),
});

export const errorAnswer = z.object({
  error: z.object({ code: z.string(), message: z.string(), hint: z.string() }),
});
