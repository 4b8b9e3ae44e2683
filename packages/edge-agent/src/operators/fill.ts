import { defineOperator } from '@sluis/plugin-sdk';
import { map } from '@sluis/plugin-sdk/rxjs';
import { fillConfig } from './fill/config.ts';
import { Filling } from './fill/filling.ts';

/**
 * Gives a series a sample in each interval of `every`, which start at multiples of it since 1970 UTC: where a sample comes and whole
 * intervals before it have none, each of them gets one at its start, of uncertain quality, in front of the one that came. The
 * samples themselves pass as they are. Only then is it known that there is a gap: a series that is silent is not filled.
 *
 * `previous` repeats the last value, of whatever kind. `linear` is on the line to the sample that came, if both are doubles; all
 * else is filled with the last value. A number takes the place of numbers, texts are not filled with it. Nothing is filled behind
 * a sample of bad quality, NaN or an infinity, for what came before it says nothing of later; nor on a line to one.
 *
 * A late sample passes and changes nothing that was filled; at the very time of a filled one it counts instead. A correction of
 * the last sample is what is filled with from then on. A sample beyond the horizon and what is meant for another lane than data
 * pass and are not looked at. A gap gets at most 1,000 samples. The state is one sample for each series; texts of it together
 * have a limit, at which a text is not filled with and counted as `fill: text not remembered`.
 */
export const fill = defineOperator({
  name: 'fill',
  version: 1,
  summary: 'Fill the gaps of a series: with the value before, on a line to the one behind, or with a number.',
  config: fillConfig,
  examples: [
    {
      title: 'A value every second, whatever the sensor leaves out',
      config: { every: '1s', with: 'previous' },
      given: `
        0s     oven/temperature  20.5  Cel
        1.2s   oven/temperature  21
        4.1s   oven/temperature  22
        4s     oven/state        'IDLE'
        6s     oven/state        'HEATING'
      `,
      expected: `
        0s     oven/temperature  20.5  Cel
        1.2s   oven/temperature  21
        2s     oven/temperature  21    Cel ?
        3s     oven/temperature  21    Cel ?
        4.1s   oven/temperature  22
        4s     oven/state        'IDLE'
        5s     oven/state        'IDLE'  ?
        6s     oven/state        'HEATING'
      `,
    },
    {
      title: 'A line, where the gap is short and both ends are good for it',
      config: { every: '10s', with: 'linear', limit: '1m' },
      given: `
        0s    tank/level  10  cm
        40s   tank/level  18
        50s   tank/level  NaN !
        80s   tank/level  20
        141s  tank/level  20
        165s  tank/level  8
        150s  tank/level  20
      `,
      expected: `
        0s    tank/level  10  cm
        10s   tank/level  12  cm ?
        20s   tank/level  14  cm ?
        30s   tank/level  16  cm ?
        40s   tank/level  18
        50s   tank/level  NaN !
        80s   tank/level  20
        141s  tank/level  20
        150s  tank/level  15.5 cm ?
        165s  tank/level  8
        150s  tank/level  20
      `,
    },
    {
      title: 'Nothing was counted',
      config: { every: '1m', with: 0, limit: '2m' },
      given: `
        10s   gate/passes  3
        250s  gate/passes  4
      `,
      expected: `
        10s   gate/passes  3
        60s   gate/passes  0  ?
        120s  gate/passes  0  ?
        250s  gate/passes  4
      `,
    },
  ],
  create(context) {
    const filling = new Filling(context);
    return map((batch) => filling.next(batch));
  },
});
