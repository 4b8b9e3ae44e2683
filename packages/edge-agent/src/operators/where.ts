import { takeRows } from '@sluis/protocol';
import { defineOperator } from '@sluis/plugin-sdk';
import { map } from '@sluis/plugin-sdk/rxjs';
import { z } from 'zod';
import { ExpressionError } from './cel/check.ts';
import { compilePredicate } from './cel/compile-predicate.ts';

const expression = z.string().superRefine((text, context) => {
  try {
    compilePredicate(text);
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    context.addIssue({ code: 'custom', message: error.message, params: { offset: error.offset } });
  }
});

/**
 * Passes the samples for which a CEL expression is true. It sees `value` (double; booleans are 0 and 1), `text`,
 * `series` (the path), `quality` ('good', 'uncertain' or 'bad') and `time` (timestamp). A sample for which it cannot be
 * told, because the number or the text that it lacks is needed, is dropped and counted.
 */
export const where = defineOperator({
  name: 'where',
  version: 1,
  summary: 'Pass the samples for which a CEL expression is true.',
  config: expression,
  examples: [
    {
      title: 'Keep what is hot',
      config: 'value > 80.0',
      given: `
        0s  oven/temperature  79.5 Cel
        1s  oven/temperature  80.5
        2s  oven/temperature  81   ?
        2s  oven/state        'HEATING'
        3s  oven/temperature  80
      `,
      expected: `
        1s  oven/temperature  80.5 Cel
        2s  oven/temperature  81   Cel ?
      `,
    },
    {
      title: 'Decide by the series',
      config: 'series.endsWith("/state") ? text == "RUN" : quality != "bad"',
      given: `
        0s  press/state  'RUN'
        0s  press/force  12.5 kN
        1s  press/force  0 !
        2s  press/state  'IDLE'
        2s  press/parts  17i
      `,
      expected: `
        0s  press/state  'RUN'
        0s  press/force  12.5 kN
        2s  press/parts  17i
      `,
    },
  ],
  create({ config, series, count }) {
    const predicate = compilePredicate(config);
    // What follows from names alone is no state: it is found again for the same names.
    const paths: string[] = [];
    const tests = predicate.seriesTests.map(() => new Uint8Array(64));
    let rows = new Uint32Array(0);

    function learnSeries(): void {
      for (let id = paths.length; id < series.size; id++) {
        paths.push(series.path(id));
        for (let i = 0; i < tests.length; i++) {
          if (id >= tests[i].length) tests[i] = doubled(tests[i]);
          tests[i][id] = predicate.seriesTests[i](paths[id]) ? 1 : 0;
        }
      }
    }

    return map((batch) => {
      if (batch.length === 0) return batch;
      learnSeries();
      if (rows.length < batch.length) rows = new Uint32Array(batch.length);
      const { kept, undecided } = predicate.select(batch, { paths, tests }, rows);
      if (undecided > 0) count('where: no value', undecided);
      return kept === batch.length ? batch : takeRows(batch, rows, kept);
    });
  },
});

function doubled(table: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const grown = new Uint8Array(table.length * 2);
  grown.set(table);
  return grown;
}
