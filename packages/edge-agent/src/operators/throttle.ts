import { bySeries, defineOperator, Lane, positiveDuration, takeRows } from '@sluis/plugin-sdk';
import { map } from '@sluis/plugin-sdk/rxjs';
import { intervalAt } from './interval.ts';

/**
 * Passes the first sample of a series in each interval of event time, which start at multiples of the length since 1970 UTC: the
 * first to come, at once, with its own time, of whatever kind and quality.
 *
 * An interval is over when a sample of another one passes, be it later or earlier, so that of samples that come hours late each
 * interval has its first, too; where the samples of two intervals come in turns, each of them passes. A further sample of the very
 * time of the one that passed is a correction of it, and passes. What is meant for another lane than data, such as an alarm, passes
 * and is not looked at. What is left out was asked for, and is not counted. The state is one number for each series.
 */
export const throttle = defineOperator({
  name: 'throttle',
  version: 1,
  summary: 'Pass the first sample of each series in each interval.',
  config: positiveDuration,
  examples: [
    {
      title: 'At most one each second',
      config: '1s',
      given: `
        200ms   oven/temperature  20    Cel
        600ms   oven/temperature  20.5
        700ms   oven/state        'IDLE'
        999ms   oven/temperature  21
        1s      oven/temperature  21.5  ?
        1900ms  oven/temperature  22
        3100ms  oven/temperature  23
      `,
      expected: `
        200ms   oven/temperature  20    Cel
        700ms   oven/state        'IDLE'
        1s      oven/temperature  21.5  Cel ?
        3100ms  oven/temperature  23    Cel
      `,
    },
    {
      title: 'Corrections, and samples that come late',
      config: '10s',
      given: `
        12s  oven/temperature  20  Cel
        15s  oven/temperature  21
        12s  oven/temperature  22  r1
        31s  oven/temperature  23
        4s   oven/temperature  24
        5s   oven/temperature  25
        33s  oven/temperature  26
        35s  oven/temperature  27
      `,
      expected: `
        12s  oven/temperature  20  Cel
        12s  oven/temperature  22  r1
        31s  oven/temperature  23
        4s   oven/temperature  24
        33s  oven/temperature  26
      `,
    },
  ],
  create({ config: length, state, series }) {
    /** Time of the last sample that passed. */
    const last = state.float64('last', Number.NaN);
    let rows = new Uint32Array(0);

    return map((batch) => {
      const { length: n, time, lane = Lane.data } = batch;
      if (n === 0 || lane !== Lane.data) return batch;
      last.reserve(series.size);
      if (rows.length < n) rows = new Uint32Array(n);
      const lasts = last.values;
      let count = 0;
      bySeries(batch, (id, from, to) => {
        let passed = lasts[id];
        let start = intervalAt(passed, length);
        for (let row = from; row < to; row++) {
          const own = time[row];
          // Before any sample has passed, all of these are NaN.
          if (own >= start && own < start + length && own !== passed) continue;
          rows[count++] = row;
          if (own === passed) continue;
          passed = own;
          start = intervalAt(own, length);
        }
        lasts[id] = passed;
      });
      return count === n ? batch : takeRows(batch, rows, count);
    });
  },
});
