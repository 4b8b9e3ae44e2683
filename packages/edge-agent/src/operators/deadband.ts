import { Kind, takeRows } from '@sluis/protocol';
import { defineOperator } from '@sluis/plugin-sdk';
import { map } from '@sluis/plugin-sdk/rxjs';
import { z } from 'zod';
import { restOf } from './exact-integer.ts';

/**
 * Passes a series' first sample and any whose value is more than `d` away from the last one passed, whatever their
 * quality. A NaN has no distance: the first of several passes, and so does the number after them. Text passes
 * untouched and is not compared. Whole numbers of 64 bits are compared as they are, not as the nearest doubles.
 */
export const deadband = defineOperator({
  name: 'deadband',
  version: 2,
  summary: 'Pass a sample that is more than this away from the last one passed.',
  config: z.number().nonnegative(),
  examples: [
    {
      title: 'Half a degree',
      config: 0.5,
      given: `
        0s  oven/temperature  20    Cel
        1s  oven/temperature  20.5
        2s  oven/temperature  20.75
        3s  oven/temperature  20.5
        4s  oven/temperature  20.25 !
        5s  oven/temperature  20    ?
        6s  oven/state        'HEATING'
        7s  oven/state        'HEATING'
      `,
      expected: `
        0s  oven/temperature  20    Cel
        2s  oven/temperature  20.75
        5s  oven/temperature  20    ?
        6s  oven/state        'HEATING'
        7s  oven/state        'HEATING'
      `,
    },
    {
      title: 'Changes only',
      config: 0,
      given: `
        0s  press/running  false
        1s  press/running  false
        2s  press/running  true
        2s  press/parts    9007199254740993i
        3s  press/parts    9007199254740992i
        4s  press/force    NaN
        5s  press/force    NaN
        6s  press/force    12
      `,
      expected: `
        0s  press/running  false
        2s  press/running  true
        2s  press/parts    9007199254740993i
        3s  press/parts    9007199254740992i
        4s  press/force    NaN
        6s  press/force    12
      `,
    },
  ],
  create({ config: d, state, series }) {
    const last = state.float64('last', Number.NaN);
    /** 1 once a sample of the series has passed: a NaN in `last` is then one that passed. */
    const passed = state.float64('passed', 0);
    /** What the last one is beyond the double in `last`: not 0 for whole numbers that no double has. */
    const rest = state.float64('rest', 0);
    let rows = new Uint32Array(0);

    return map((batch) => {
      const n = batch.length;
      if (n === 0) return batch;
      last.reserve(series.size);
      passed.reserve(series.size);
      rest.reserve(series.size);
      if (rows.length < n) rows = new Uint32Array(n);
      const { series: id, value, kind, integer } = batch;
      const lasts = last.values;
      const rests = rest.values;
      let count = 0;
      let row = 0;
      while (row < n) {
        const run = id[row];
        let reference = lasts[run];
        // The fast path, of doubles: up to one that has no distance, as the first of all has none.
        if (!kind && rests[run] === 0) {
          for (; row < n && id[row] === run; row++) {
            const v = value[row];
            const apart = Math.abs(v - reference);
            if (apart > d) {
              reference = v;
              rows[count++] = row;
            } else if (!(apart <= d)) break;
          }
        }
        for (; row < n && id[row] === run; row++) {
          if (kind && kind[row] === Kind.text) {
            rows[count++] = row;
            continue;
          }
          const v = value[row];
          const beyond = integer ? restOf(batch, row) : 0;
          const apart = Math.abs(v - reference + (beyond - rests[run]));
          // Written so that a NaN on either side passes; infinities of one sign are equal, though their difference is NaN.
          if (apart <= d || (v === reference && beyond === rests[run])) continue;
          if (Number.isNaN(v)) {
            if (Number.isNaN(reference) && passed.values[run] === 1) continue;
          }
          passed.values[run] = 1;
          rests[run] = beyond;
          reference = v;
          rows[count++] = row;
        }
        lasts[run] = reference;
      }
      return count === n ? batch : takeRows(batch, rows, count);
    });
  },
});
