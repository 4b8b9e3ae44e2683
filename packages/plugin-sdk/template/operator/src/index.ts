import { defineOperator, mapValues, Quality } from '@sluis/plugin-sdk';
import { map } from '@sluis/plugin-sdk/rxjs';
import { z } from 'zod';

export default defineOperator({
  name: '__key__',
  version: 1,
  summary: 'Smooth each series: every good sample moves it by a part of the way.',
  config: z.strictObject({
    weight: z
      .number()
      .positive()
      .max(1)
      .default(0.2)
      .describe('Part of the way that a sample moves it; 1 is all of it'),
    decimals: z.int().min(0).max(9).default(2).describe('Digits after the point: fewer take fewer bytes'),
  }),
  // Shown in documentation, and tested: "sluis-plugin test" runs each of them.
  examples: [
    {
      title: 'A step is reached halfway, and halfway again',
      config: { weight: 0.5 },
      given: `
        0s  m1/temperature  20  Cel
        1s  m1/temperature  40
        2s  m1/temperature  99 !
        3s  m1/temperature  40
      `,
      expected: `
        0s  m1/temperature  20  Cel
        1s  m1/temperature  30
        2s  m1/temperature  99 !
        3s  m1/temperature  35
      `,
    },
  ],
  create({ config: { weight, decimals }, state, series }) {
    // A number for each series. It is in every snapshot, and here again after the agent was restarted.
    const smooth = state.float64('smooth', Number.NaN);
    const perUnit = 10 ** decimals;

    return map((batch) => {
      smooth.reserve(series.size);
      const last = smooth.values;
      const { series: id, quality } = batch;
      return mapValues(batch, (value, row) => {
        if (quality[row] === Quality.bad || Number.isNaN(value)) return value;
        const before = last[id[row]];
        const after = Number.isNaN(before) ? value : before + weight * (value - before);
        last[id[row]] = after;
        return Math.round(after * perUnit) / perUnit;
      });
    });
  },
});
