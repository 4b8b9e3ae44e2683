/* What an editor tells of a wrong source: behind each directive stands a part of the message. */
import { z } from 'zod';
import { defineOperator, defineSource, noRows, perSample, type Reader, reading } from '../../src/index.ts';

const config = z.strictObject({ host: z.string() });

const reader: Reader = {
  connect: async () => undefined,
  read: async () => ({ rows: noRows }),
  close: async () => undefined,
};

defineSource({ type: 'press', version: 1, summary: 'A press.', config, create: (context) => reading(context, reader) });

defineSource({
  type: 'press',
  version: 1,
  summary: 'A press.',
  config,
  create(context) {
    // @ts-expect-error Property 'port' does not exist on type
    const from = `${context.config.host}:${context.config.port}`;
    return reading(context, { ...reader, from });
  },
});

defineSource({
  type: 'press',
  version: 1,
  summary: 'A press.',
  config,
  // @ts-expect-error Property 'close' is missing
  create: (context) => reading(context, { connect: reader.connect, read: reader.read }),
});

defineSource({
  type: 'press',
  version: 1,
  summary: 'A press.',
  config,
  // @ts-expect-error Type '{ value: number; }[]' is missing the following properties from type 'Columns'
  create: (context) => reading(context, { ...reader, read: async () => ({ rows: [{ value: 20.5 }] }) }),
});

defineSource({
  type: 'press',
  version: 1,
  summary: 'A press.',
  config,
  // @ts-expect-error Type 'number' is not assignable to type 'string'
  create: (context) => reading(context, { ...reader, read: async () => ({ rows: noRows, cursor: { at: 7 } }) }),
});

defineOperator({
  name: 'single',
  version: 1,
  summary: 'Emits what is no sample.',
  config,
  // @ts-expect-error Property 'time' is missing
  create: (context) => perSample(context, (sample, emit) => emit({ series: sample.series, value: 1 })),
});

defineOperator({
  name: 'single',
  version: 1,
  summary: 'Emits what is no sample.',
  config,
  // @ts-expect-error Type 'null' is not assignable to type 'SampleValue'
  create: (context) => perSample(context, (sample, emit) => emit({ ...sample, value: null })),
});
