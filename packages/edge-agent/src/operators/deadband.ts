import { defineOperator } from '@sluis/plugin-sdk';
import { map } from '@sluis/plugin-sdk/rxjs';
import { deadbandConfig } from './deadband/config.ts';
import { Deadband } from './deadband/deadband.ts';

/**
 * Passes a series' first sample, any whose value is further away from the last one passed than the distance, and any of another
 * quality: a distance is a number, or a part of the last one passed, which is nothing where that is 0 or infinite. A NaN has no
 * distance: the first of several passes, and so does the number after them. Text passes untouched and is not compared; the number after
 * it passes. Whole numbers of 64 bits are compared as they are, not as the nearest doubles.
 *
 * With a heartbeat a sample passes also if its time is so long after that of the last one passed, or before it, as where samples
 * come late or a clock was wrong: none is made up while a series is silent.
 *
 * Samples are compared in the order in which they come: a late one, or a correction, passes if it is further away than the
 * distance, or of another quality, and is then the last one passed. What is left out was asked for, and is not counted.
 */
export const deadband = defineOperator({
  name: 'deadband',
  version: 4,
  summary: 'Pass a sample that is more than this away from the last one passed.',
  config: deadbandConfig,
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
        4s  oven/temperature  20.25 !
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
        30s   boiler/pressure  202.5
        70s   boiler/pressure  202
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
      title: 'Corrections',
      config: 0.5,
      given: `
        0s  oven/temperature  20     Cel
        1s  oven/temperature  30
        1s  oven/temperature  30.25
        1s  oven/temperature  30     ?
        1s  oven/temperature  30
        0s  oven/temperature  21
        2s  oven/temperature  21.25
      `,
      expected: `
        0s  oven/temperature  20     Cel
        1s  oven/temperature  30
        1s  oven/temperature  30     ?
        1s  oven/temperature  30
        0s  oven/temperature  21
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
  create(context) {
    const compared = new Deadband(context);
    return map((batch) => compared.next(batch));
  },
});
