import { duration, positiveDuration } from '@sluis/plugin-sdk';
import { z } from 'zod';

export const aggregates = [
  'count',
  'sum',
  'mean',
  'timeWeightedMean',
  'min',
  'max',
  'first',
  'last',
  'stddev',
  'range',
  'duration',
] as const;

/** `p50`, `p99.9`. */
const QUANTILE = /^p(\d{1,2}(?:\.\d{1,9})?)$/;

/** One of {@link aggregates}, or a quantile. */
export type Aggregate = (typeof aggregates)[number] | `p${number}`;

/** The share of samples that are not greater: 0.5 of `p50`; undefined if it is no quantile. */
export function quantileOf(aggregate: Aggregate): number | undefined {
  const [, percent] = QUANTILE.exec(aggregate) ?? [];
  // Read as a decimal: 99.9 / 100 is more than 0.999.
  return percent === undefined ? undefined : Number(`${percent}e-2`);
}

const aggregate = z
  .custom<Aggregate>((value) => typeof value === 'string', { error: 'is no aggregate' })
  .superRefine((value, context) => {
    const known: readonly string[] = aggregates;
    if (known.includes(value) || QUANTILE.test(value)) return;
    // Told as a choice, so that what was meant can be guessed.
    context.addIssue({
      code: 'invalid_value',
      values: [...known],
      input: value,
      message: `is none of ${known.join(', ')}, nor a quantile such as p50 or p99.9`,
    });
  })
  .meta({
    anyOf: [
      { type: 'string', enum: [...aggregates] },
      { type: 'string', pattern: QUANTILE.source, unit: 'a quantile such as `p50` or `p99.9`' },
    ],
  });

const kinds = ['every', 'sliding', 'session', 'count', 'state'] as const;
/** Each window of a series costs as much as one that does not overlap with others. */
const MOST_OVERLAPPING = 100;

export const windowConfig = z
  .strictObject({
    every: positiveDuration
      .optional()
      .describe('A window begins at each multiple of it since 1970 UTC, and is as long, unless `size` says otherwise.'),
    size: positiveDuration
      .optional()
      .describe('Length of the windows that begin at each `every`: longer than that, so that windows overlap.'),
    sliding: positiveDuration
      .optional()
      .describe('At each sample a window of this length that ends with it, stamped with its time.'),
    session: positiveDuration
      .optional()
      .describe('A window lasts while samples follow each other in less than this, stamped with the first.'),
    count: z
      .int()
      .min(1)
      .max(1_000_000)
      .optional()
      .describe('A window has so many samples, one after the other, and is stamped with the first.'),
    state: z
      .literal(true)
      .optional()
      .describe(
        'A window lasts while the value stays the same, of whatever kind, and is stamped with the first sample.',
      ),
    aggregate: z
      .array(aggregate)
      .min(1)
      .refine((names) => new Set(names).size === names.length, { error: 'each aggregate once' })
      .meta({ uniqueItems: true })
      .describe('What is computed of each window; each gives a series of its own.'),
    lateness: duration
      .prefault('0s')
      .describe('How long after its end, in event time, a window still waits for samples'),
    idle: positiveDuration.optional().describe('Close the windows of a series that has had no sample for this long'),
    revise: duration
      .optional()
      .describe(
        'How long after it closed, in event time, late samples still revise a window, as far back as samples are remembered; its length, but at least a minute, unless given',
      ),
  })
  .superRefine((config, context) => {
    const chosen = kinds.filter((kind) => config[kind] !== undefined);
    if (chosen.length !== 1) {
      const message = `a window has one of ${kinds.join(', ')}, not ${chosen.length === 0 ? 'none' : chosen.join(' and ')}`;
      context.addIssue({ code: 'custom', message });
    }
    const { every, size, session, state } = config;
    if (size !== undefined && every === undefined) {
      context.addIssue({ code: 'custom', path: ['size'], message: "needs 'every', the time from window to window" });
    }
    if (size !== undefined && every !== undefined && !(size >= every && size <= MOST_OVERLAPPING * every)) {
      const message = `must be from 1 to ${MOST_OVERLAPPING} times 'every'`;
      context.addIssue({ code: 'custom', path: ['size'], message });
    }
    const at = config.aggregate.indexOf('duration');
    if (at !== -1 && session === undefined && state === undefined) {
      const message = 'duration is that of a session or a state: other windows have none of their own';
      context.addIssue({ code: 'custom', path: ['aggregate', at], message });
    }
  })
  .meta({ oneOf: kinds.map((kind) => ({ required: [kind] })), dependencies: { size: ['every'] } });

export type WindowConfig = z.infer<typeof windowConfig>;

/** How long a window is (µs), as far as the configuration says: that of states and counts follows from samples alone. */
export function lengthOf({ size, every, sliding, session }: WindowConfig): number {
  return size ?? every ?? sliding ?? session ?? 0;
}

/** A closed window may be revised for its own length, or this long in event time (µs) if that is more. */
const LEAST_REVISABLE = 60_000_000;

/** How long a closed window may be revised (µs of event time). */
export function revisableOf(config: WindowConfig): number {
  return config.revise ?? Math.max(lengthOf(config), LEAST_REVISABLE);
}
