import { z } from 'zod';

/** What a source of any type may declare: what becomes of its samples when there is too much of them. */
export const sourcePolicies = {
  whenFull: z
    .enum(['back-pressure', 'shed-oldest'])
    .default('back-pressure')
    .describe(
      'When the journal is at its hard quota, or the disk is full: back-pressure takes nothing until streams have gone on; shed-oldest gives up the oldest samples of such sources that no stream has seen.',
    ),
  maxSeries: z
    .int()
    .positive()
    .optional()
    .describe(
      'Series that this source may add while there is this journal, also over restarts; samples of further ones are rejected. Default: limits.series.',
    ),
};

/** What {@link sourcePolicies} gave for a source. */
export interface SourcePolicies {
  readonly whenFull: 'back-pressure' | 'shed-oldest';
  readonly maxSeries?: number | undefined;
}
