import { defineOperator, Kind, positiveDuration, takeRows } from '@sluis/plugin-sdk';
import { map } from '@sluis/plugin-sdk/rxjs';
import { z } from 'zod';
import { restOf } from './exact-integer.ts';

const config = z.union([
  z.number().nonnegative(),
  z
    .strictObject({
      absolute: z.number().nonnegative().optional().describe('How far away, in the unit of the series.'),
      percent: z.number().nonnegative().optional().describe('How far away, in percent of the last one that passed.'),
      heartbeat: positiveDuration
        .optional()
        .describe('Pass a sample, too, whose time is this long after that of the last one that passed, or before it.'),
    })
    .superRefine(({ absolute, percent }, context) => {
      if ((absolute === undefined) !== (percent === undefined)) return;
      context.addIssue({ code: 'custom', message: 'expected absolute or percent, one of them' });
    }),
]);

/**
 * Passes a series' first sample and any whose value is further away from the last one passed than the distance, whatever their
 * quality: a number, or a part of the last one passed, which is nothing where that is 0 or infinite. A NaN has no distance: the first
 * of several passes, and so does the number after them. Text passes untouched and is not compared. Whole numbers of 64 bits are
 * compared as they are, not as the nearest doubles.
 *
 * With a heartbeat a sample passes also if its time is so long after that of the last one passed, or before it, as where samples
 * come late or a clock was wrong: none is made up while a series is silent. A late sample and a correction are compared as any
 * other, with the last one passed before they came. What is left out was asked for, and is not counted. The state is a few
 * numbers for each series.
 */
export const deadband = defineOperator({
  name: 'deadband',
  version: 2,
  summary: 'Pass a sample that is more than this away from the last one passed.',
  config,
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
      title: 'One percent, and one a minute in any case',
      config: { percent: 1, heartbeat: '1m' },
      given: `
        0s    boiler/pressure  200    bar
        10s   boiler/pressure  202
        20s   boiler/pressure  202.5
        30s   boiler/pressure  200.5  !
        70s   boiler/pressure  201
        80s   boiler/pressure  202
        90s   boiler/pressure  NaN
        140s  boiler/pressure  NaN
        200s  boiler/pressure  NaN
        100s  boiler/pressure  NaN
      `,
      expected: `
        0s    boiler/pressure  200    bar
        20s   boiler/pressure  202.5
        80s   boiler/pressure  202
        90s   boiler/pressure  NaN
        200s  boiler/pressure  NaN
        100s  boiler/pressure  NaN
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
  create({ config, state, series }) {
    const { absolute, percent = 0, heartbeat } = typeof config === 'number' ? { absolute: config } : config;
    const last = state.float64('last', Number.NaN);
    /** 1 once a sample of the series has passed: a NaN in `last` is then one that passed. */
    const passed = state.float64('passed', 0);
    /** What the last one is beyond the double in `last`: not 0 for whole numbers that no double has. */
    const rest = state.float64('rest', 0);
    /** Time of the last one. */
    const since = heartbeat === undefined ? undefined : state.float64('since', Number.NaN);
    const columns = since ? [last, passed, rest, since] : [last, passed, rest];
    let rows = new Uint32Array(0);

    function distanceFrom(reference: number): number {
      return absolute ?? (Number.isFinite(reference) ? Math.abs(reference) * (percent / 100) : 0);
    }

    return map((batch) => {
      const n = batch.length;
      if (n === 0) return batch;
      for (const column of columns) column.reserve(series.size);
      if (rows.length < n) rows = new Uint32Array(n);
      const { series: id, time, value, kind, integer } = batch;
      const lasts = last.values;
      const rests = rest.values;
      const times = since?.values;
      let count = 0;
      let row = 0;
      while (row < n) {
        const run = id[row];
        let reference = lasts[run];
        let d = distanceFrom(reference);
        // The fast path, of doubles: up to one that has no distance, as the first of all has none.
        if (!kind && !times && rests[run] === 0) {
          for (; row < n && id[row] === run; row++) {
            const v = value[row];
            const apart = Math.abs(v - reference);
            if (apart > d) {
              reference = v;
              d = distanceFrom(v);
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
          const isDue = times && heartbeat !== undefined && Math.abs(time[row] - times[run]) >= heartbeat;
          if (!isDue) {
            const apart = Math.abs(v - reference + (beyond - rests[run]));
            // Written so that a NaN on either side passes; infinities of one sign are equal, though their difference is NaN.
            if (apart <= d || (v === reference && beyond === rests[run])) continue;
            if (Number.isNaN(v) && Number.isNaN(reference) && passed.values[run] === 1) continue;
          }
          passed.values[run] = 1;
          rests[run] = beyond;
          reference = v;
          d = distanceFrom(v);
          if (times) times[run] = time[row];
          rows[count++] = row;
        }
        lasts[run] = reference;
      }
      return count === n ? batch : takeRows(batch, rows, count);
    });
  },
});
