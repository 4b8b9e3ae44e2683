import { defineOperator, positiveDuration } from '@sluis/plugin-sdk';
import { map } from '@sluis/plugin-sdk/rxjs';
import { Firsts } from './throttle/firsts.ts';

/**
 * Passes the first sample of a series in each interval of event time, which start at multiples of the length since 1970 UTC: the
 * first to come, at once, with its own time, of whatever kind and quality.
 *
 * In whatever order samples come, each interval has one first: the times of those that passed are remembered, the greatest 1,024 of each
 * series, 65,536 of all, but at least 16 of each. What is before all of these, and what is beyond the horizon, is compared
 * with the last such one that passed: where samples of two such intervals come in turns, each of them passes. A further sample of the
 * very time of one that passed is a correction of it, and passes.
 *
 * What is meant for another lane than data, such as an alarm, passes and is not looked at. What is left out was asked for, and is not
 * counted. The state is those times.
 */
export const throttle = defineOperator({
  name: 'throttle',
  version: 2,
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
        14s  oven/temperature  27
        43s  oven/temperature  28
      `,
      expected: `
        12s  oven/temperature  20  Cel
        12s  oven/temperature  22  r1
        31s  oven/temperature  23
        4s   oven/temperature  24
        43s  oven/temperature  28
      `,
    },
  ],
  create(context) {
    const firsts = new Firsts(context);
    return map((batch) => firsts.next(batch));
  },
});
