import { Kind, takeRows } from '@sluis/protocol';
import { defineOperator } from '@sluis/plugin-sdk';
import { map } from 'rxjs';
import { z } from 'zod';

/**
 * Passes a series' first sample and any whose value is more than `d` away from the last one passed, whatever their
 * quality. A NaN has no distance: the first of several passes, and so does the number after them. Text passes
 * untouched and is not compared.
 */
export const deadband = defineOperator({
  name: 'deadband',
  version: 1,
  config: z.number().nonnegative(),
  create({ config: d, state, series }) {
    const last = state.float64('last', Number.NaN);
    /** 1 once a sample of the series has passed: a NaN in `last` is then one that passed. */
    const passed = state.float64('passed', 0);
    let rows = new Uint32Array(0);

    return map((batch) => {
      const n = batch.length;
      if (n === 0) return batch;
      last.reserve(series.size);
      passed.reserve(series.size);
      if (rows.length < n) rows = new Uint32Array(n);
      const { series: id, value, kind } = batch;
      const lasts = last.values;
      let count = 0;
      let row = 0;
      while (row < n) {
        const run = id[row];
        let reference = lasts[run];
        for (; row < n && id[row] === run; row++) {
          if (kind && kind[row] === Kind.text) {
            rows[count++] = row;
            continue;
          }
          const v = value[row];
          // Written so that a NaN on either side passes; infinities of one sign are equal, though their difference is NaN.
          if (Math.abs(v - reference) <= d || v === reference) continue;
          if (Number.isNaN(v)) {
            if (Number.isNaN(reference) && passed.values[run] === 1) continue;
          }
          passed.values[run] = 1;
          reference = v;
          rows[count++] = row;
        }
        lasts[run] = reference;
      }
      return count === n ? batch : takeRows(batch, rows, count);
    });
  },
});
