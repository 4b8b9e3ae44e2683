import { defineOperator, mapValues, Quality } from '@sluis/plugin-sdk';
import { map } from '@sluis/plugin-sdk/rxjs';
import { z } from 'zod';

/**
 * Takes away spikes of one sample, in the order in which samples come, late ones and corrections too. Bad quality, NaN and all that is no
 * double pass, and are not looked at. The state is two numbers for each series.
 */
export default defineOperator({
  name: 'despike',
  version: 1,
  summary: 'Replace a value that is far from the median of itself and the two before it by that median.',
  config: z.strictObject({ by: z.number().positive().describe('How far a value may be from the median to stay') }),
  examples: [
    {
      title: 'A spike goes, a step is believed at its second sample',
      config: { by: 5 },
      given: `
        0s  m1/temperature  20  Cel
        1s  m1/temperature  21
        2s  m1/temperature  90
        3s  m1/temperature  20
        4s  m1/temperature  99  !
        5s  m1/temperature  20
        6s  m1/temperature  50
        7s  m1/temperature  51
      `,
      expected: `
        0s  m1/temperature  20  Cel
        1s  m1/temperature  21
        2s  m1/temperature  21
        3s  m1/temperature  20
        4s  m1/temperature  99  !
        5s  m1/temperature  20
        6s  m1/temperature  20
        7s  m1/temperature  51
      `,
    },
  ],
  create({ config, state, series }) {
    const [older, newer] = [state.float64('older', Number.NaN), state.float64('newer', Number.NaN)];
    return map((batch) => {
      for (const column of [older, newer]) column.reserve(series.size);
      return mapValues(batch, (value, row) => {
        const id = batch.series[row];
        if (batch.quality[row] === Quality.bad || Number.isNaN(value)) return value;
        const [a, b] = [older.values[id], newer.values[id]];
        const median = Math.max(Math.min(a, b), Math.min(Math.max(a, b), value));
        older.values[id] = b;
        newer.values[id] = value;
        return Math.abs(value - median) > config.by ? median : value;
      });
    });
  },
});
