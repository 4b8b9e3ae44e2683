import { duration, seriesPattern, starsOf } from '@sluis/plugin-sdk';
import { z } from 'zod';
import { ExpressionError } from '../cel/check.ts';
import { compilePairValue, compileStretchValue } from '../cel/compile-value.ts';

const MAX_RESULTS = 16;
const MAX_NAME = 128;
/** In the name of a result: the text of the right sample. */
export const LABEL = '{label}';

/** Expressions by the name of what they give. */
function results(compile: (expression: string) => unknown, example: string) {
  const expression = z.string().superRefine((text, context) => {
    try {
      compile(text);
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
      context.addIssue({ code: 'custom', message: error.message, params: { offset: error.offset } });
    }
  });
  const name = z
    .string()
    .max(MAX_NAME)
    .regex(/^[^/]+$/, { error: 'is one level of a path: no / in it' });
  return z
    .record(name, expression)
    .refine((results) => Object.keys(results).length > 0, { error: `needs a result: ${example}` })
    .refine((results) => Object.keys(results).length <= MAX_RESULTS, { error: `has more than ${MAX_RESULTS} results` })
    .meta({ minProperties: 1, maxProperties: MAX_RESULTS });
}

export const joinConfig = z
  .strictObject({
    left: seriesPattern.describe('Pattern of paths: each sample of these is joined'),
    right: seriesPattern.describe(
      'Pattern of paths: what is joined to them. With as many * and ** as left, whose captures it gets; or without, one series for all',
    ),
    emit: results(compilePairValue, '{ NAME: left * right }')
      .optional()
      .describe(
        'What is emitted for each left sample, by name: a CEL expression of left and right, or of label where right is a text. {label} in a name is that text',
      ),
    while: results(compileStretchValue, '{ NAME: integral }')
      .optional()
      .describe(
        'What is emitted for each stretch in which the right series keeps its value: a CEL expression of count, min, max, mean, integral (by seconds) and duration (in seconds) of the left one, and of right or label',
      ),
    tolerance: duration
      .optional()
      .describe('How much older than the left sample the right one may be; 0s: of the very same time only'),
    wait: duration
      .prefault('2s')
      .describe('Where the right series has been silent for this long, its newest sample is taken as it is'),
  })
  .refine(({ emit, while: whileRight }) => emit !== undefined || whileRight !== undefined, {
    error: 'needs emit, for each left sample, or while, for each value of the right',
  })
  .refine(({ emit = {}, while: whileRight = {} }) => Object.keys(emit).every((name) => !(name in whileRight)), {
    error: 'emit and while have a result of one name',
  })
  .superRefine(({ left, right }, context) => {
    const stars = starsOf(right);
    if (stars === 0 || stars === starsOf(left)) return;
    const message = `has ${stars} of * and **, and left has ${starsOf(left)}: as many, or none`;
    context.addIssue({ code: 'custom', path: ['right'], message });
  });

export type JoinConfig = z.infer<typeof joinConfig>;
