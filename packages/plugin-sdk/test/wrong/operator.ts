/* What an editor tells of a wrong operator: behind each directive stands a part of the message. */
import { map } from 'rxjs';
import { z } from 'zod';
import { carrying, defineOperator, type SampleBatch } from '../../src/index.ts';
import { run } from '../../src/testing/index.ts';

const config = z.strictObject({ limit: z.number(), of: z.enum(['above', 'below']).default('above') });
const pass = () => map((batch: SampleBatch) => batch);

export const limit = defineOperator({
  name: 'limit',
  version: 1,
  summary: 'Pass what is above a limit.',
  config,
  examples: [{ title: 'Nothing', config: { limit: 1 }, given: '', expected: '' }],
  create: pass,
});

// @ts-expect-error Property 'summary' is missing
defineOperator({ name: 'limit', version: 1, config, create: pass });

// @ts-expect-error Property 'create' is missing
defineOperator({ name: 'limit', version: 1, summary: 'Nothing.', config });

// @ts-expect-error Type 'string' is not assignable to type 'number'
defineOperator({ name: 'limit', version: '1', summary: 'Nothing.', config, create: pass });

// @ts-expect-error Type '"own"' is not assignable to type
defineOperator({ name: 'limit', version: 1, summary: 'Nothing.', config, names: 'own', create: pass });

defineOperator({
  name: 'limit',
  version: 1,
  summary: 'Pass what is above a limit.',
  config,
  // @ts-expect-error Type 'string' is not assignable to type 'number'
  examples: [{ title: 'Text', config: { limit: '1' }, given: '', expected: '' }],
  create({ config, state }) {
    // @ts-expect-error Property 'limits' does not exist on type
    const most = config.limits;
    // @ts-expect-error This comparison appears to be unintentional
    const isBeside = config.of === 'beside';
    // @ts-expect-error Property 'last' does not exist on type
    const last = state.rows('last', ['value']).columns.last;
    const groups = state.map('groups', ['sum']);
    // @ts-expect-error Type 'undefined' cannot be used as an index type
    groups.columns.sum[groups.open('a')] = 1;
    // @ts-expect-error Type '"second"' is not assignable to type
    const timers = state.timers('timers', { on: 'second' });
    return map((batch) => ({ ...batch, ...(most && isBeside && last && timers && {}) }));
  },
});

// @ts-expect-error Property 'limit' is missing
run(limit, { of: 'above' }, '');

// @ts-expect-error 'limits' does not exist in type
run(limit, { limit: 1, limits: 2 }, '');

// @ts-expect-error Type '"beside"' is not assignable to type
run(limit, { limit: 1, of: 'beside' }, '');

const about = { name: 'wrong', version: 1, summary: 'Emits what is no batch.', config } as const;

defineOperator({
  ...about,
  // @ts-expect-error Type 'Promise<SampleBatch>' is missing the following properties
  create: () => map(async (batch) => batch),
});

defineOperator({
  ...about,
  // @ts-expect-error Type 'number[]' is missing the following properties from type 'Float64Array
  create: () => map((batch) => ({ ...batch, value: [1, 2, 3] })),
});

defineOperator({
  ...about,
  // @ts-expect-error is missing the following properties from type 'SampleBatch': position, tick, horizon, watermarks
  create: () => map(({ length, series, time, value, quality }) => ({ length, series, time, value, quality })),
});

defineOperator({
  ...about,
  create: () =>
    map((batch) => {
      const { series, time, value } = batch;
      // @ts-expect-error Property 'quality' is missing
      return carrying(batch, { length: 0, series, time, value });
    }),
});

defineOperator({
  ...about,
  create: () =>
    map((batch) => {
      // @ts-expect-error Cannot assign to 'length' because it is a read-only property
      batch.length = 0;
      return batch;
    }),
});
