import { defineOperator, positiveDuration } from '@sluis/plugin-sdk';
import { map } from '@sluis/plugin-sdk/rxjs';
import { Lasts } from './sample/lasts.ts';

/**
 * Passes the last sample of a series in each interval of event time, which start at multiples of the length since 1970 UTC: the one
 * of the greatest time, as it is, of whatever kind and quality; of two of one time that which came later.
 *
 * Which one that is shows when a sample of a later interval comes; or when nothing of the interval has come for as long as it is,
 * and two seconds more, by the agent's clock, so that the last one before a pause is not kept back.
 *
 * Late samples have a place of their own, so that they may come in turns with new ones: of their interval the last is held until
 * one of another late interval comes, or as long as above. A sample of an interval whose last has passed is left out if it is earlier than
 * that; if not it is the last again, and so is a correction of it. The times of those that passed are remembered for that: the greatest 1,024
 * of each series, 65,536 of all, but at least 16 of each. What is beyond the horizon is held like what is late.
 *
 * What is meant for another lane than data passes at once. What is left out was asked for, and is not counted. The state is two
 * samples for each series, and those times. Texts of it together have a limit; one beyond it passes at once.
 */
export const sample = defineOperator({
  name: 'sample',
  version: 2,
  summary: 'Pass the last sample of each series in each interval.',
  config: positiveDuration,
  examples: [
    {
      title: 'The last of each ten seconds',
      config: '10s',
      given: `
        1s   oven/temperature  20    Cel
        5s   oven/temperature  20.5
        9s   oven/temperature  21    ?
        8s   oven/temperature  20.75
        tick 10s
        11s  oven/temperature  21.5
        tick 12s
        13s  oven/state        'IDLE'
        19s  oven/temperature  22
        tick 20s
        20s  oven/temperature  22.5
        tick 24s
        tick 32s
      `,
      expected: `
        tick 10s
        9s   oven/temperature  21    Cel ?
        tick 12s
        tick 20s
        19s  oven/temperature  22    Cel
        tick 24s
        13s  oven/state        'IDLE'
        tick 32s
        20s  oven/temperature  22.5  Cel
      `,
    },
    {
      title: 'Late samples, and a correction of what has passed',
      config: '10s',
      given: `
        7s   oven/temperature  20  Cel
        31s  oven/temperature  23
        2s   oven/temperature  21
        8s   oven/temperature  22
        33s  oven/temperature  24
        12s  oven/temperature  25
        5s   oven/temperature  26
        tick 50s
        32s  oven/temperature  27
        33s  oven/temperature  28  r1
        41s  oven/temperature  29
      `,
      expected: `
        7s   oven/temperature  20  Cel
        8s   oven/temperature  22
        tick 50s
        12s  oven/temperature  25
        33s  oven/temperature  24
        33s  oven/temperature  28  r1
      `,
    },
  ],
  create(context) {
    const lasts = new Lasts(context);
    return map((batch) => lasts.next(batch));
  },
});
