import { defineOperator, filterRows, Quality, type SampleBatch } from '@sluis/plugin-sdk';
import { map } from '@sluis/plugin-sdk/rxjs';
import { z } from 'zod';
import { clampRows } from './clamp/clamp-rows.ts';
import { outsideOf } from './clamp/outside-of.ts';

const config = z
  .strictObject({
    min: z.number().optional().describe('Least value, in the unit of the series.'),
    max: z.number().optional().describe('Greatest value.'),
    outside: z
      .enum(['clamp', 'drop', 'bad'])
      .default('clamp')
      .describe(
        'What becomes of a sample outside. clamp: it gets the nearest bound as its value, and is uncertain; drop: it is left out; bad: it keeps its value, and is bad.',
      ),
  })
  .superRefine(({ min, max }, context) => {
    if (min === undefined && max === undefined) {
      context.addIssue({ code: 'custom', message: 'expected min, max or both' });
    } else if (min !== undefined && max !== undefined && min > max) {
      context.addIssue({ code: 'custom', path: ['max'], message: `must not be less than min, which is ${min}` });
    }
  });

/**
 * Keeps numbers within bounds, which belong to what is within; whatever their quality, which never becomes better. A NaN is within
 * no bounds, but nearer to neither: `clamp` leaves it as it is. Whole numbers of 64 bits are compared as they are, not as the
 * nearest doubles; one that is clamped stays of its kind where the bound is a number of it, and else becomes a double. Texts and
 * booleans pass. Late samples and corrections are looked at as any other: there is no state.
 *
 * What is dropped is not counted: it was asked for.
 */
export const clamp = defineOperator({
  name: 'clamp',
  version: 1,
  summary: 'Keep values within bounds: set them to the nearest, drop them, or mark them as bad.',
  config,
  examples: [
    {
      title: 'A level is from 0 to 100 %',
      config: { min: 0, max: 100 },
      given: `
        0s  tank/level  42.5 %
        1s  tank/level  -0.5
        2s  tank/level  100
        3s  tank/level  104  !
        4s  tank/level  NaN
        4s  tank/state  'FULL'
      `,
      expected: `
        0s  tank/level  42.5 %
        1s  tank/level  0    ?
        2s  tank/level  100
        3s  tank/level  100  !
        4s  tank/level  NaN
        4s  tank/state  'FULL'
      `,
    },
    {
      title: 'What a broken wire reads is not measured',
      config: { min: 4, outside: 'bad' },
      given: `
        0s  loop/current  12.5 mA
        1s  loop/current  3.5
        2s  loop/current  NaN
        3s  loop/raw      9007199254740993i
        4s  loop/raw      3i
      `,
      expected: `
        0s  loop/current  12.5 mA
        1s  loop/current  3.5  !
        2s  loop/current  NaN  !
        3s  loop/raw      9007199254740993i
        4s  loop/raw      3i   !
      `,
    },
    {
      title: 'Without what cannot be',
      config: { max: 9007199254740992, outside: 'drop' },
      given: `
        0s  press/parts  9007199254740992i
        1s  press/parts  9007199254740993i
        2s  press/parts  9007199254740993u
        3s  press/on     true
        4s  press/force  -Infinity
        5s  press/force  NaN
      `,
      expected: `
        0s  press/parts  9007199254740992i
        3s  press/on     true
        4s  press/force  -Infinity
      `,
    },
  ],
  create({ config: { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY, outside } }) {
    return map((batch) => {
      const side = outsideOf(batch, min, max);
      if (!side) return batch;
      if (outside === 'drop') return filterRows(batch, (row) => side[row] === 0);
      return outside === 'bad' ? markedBad(batch, side) : clampRows(batch, side, { min, max });
    });
  },
});

function markedBad(batch: SampleBatch, side: Int8Array): SampleBatch {
  const quality = batch.quality.slice();
  for (let row = 0; row < batch.length; row++) if (side[row] !== 0) quality[row] = Quality.bad;
  return { ...batch, quality };
}
