import { defineOperator } from '@sluis/plugin-sdk';
import { map } from '@sluis/plugin-sdk/rxjs';
import { integrateConfig } from './integrate/config.ts';
import { Integrals } from './integrate/integrals.ts';

/**
 * The integral of each series over time, from 0 at its first sample on, as a sample of each sample's time in the series
 * `<path>/<stream>/integral`: energy of power, volume of flow. What takes part are finite numbers of good or uncertain quality; a
 * result is uncertain if one of the two samples at the ends of its last interval is. The rest is left out, as if it had not come,
 * and counted: texts, bad quality, NaN and infinities, times beyond the horizon. Booleans are 0 and 1, which gives the time for
 * which something was true; whole numbers of 64 bits are the nearest doubles.
 *
 * A late sample and a correction lead to what would have come had all been in order, bit by bit: the result at their time at once,
 * those after it, as far as they are remembered, with the next tick, each with a revision. A result that there no longer is,
 * because its sample has become bad, is followed by a NaN of bad quality. 1,024 samples of a series are remembered for that, 65,536
 * of all series together but 16 of each; what is older is left out and counted as `integrate: late`.
 */
export const integrate = defineOperator({
  name: 'integrate',
  version: 1,
  summary: 'Add up a value over time: energy of power, volume of flow.',
  names: 'stream',
  config: integrateConfig,
  examples: [
    {
      title: 'Energy of a press in kWh, from its power',
      config: { per: '1h' },
      given: `
        0s   press/power  0   kW
        30m  press/power  20
        60m  press/power  40
        90m  press/power  40
      `,
      expected: `
        0s   press/power/s/integral  0   kW.h
        30m  press/power/s/integral  5   kW.h
        60m  press/power/s/integral  20  kW.h
        90m  press/power/s/integral  40  kW.h
      `,
    },
    {
      title: 'Seconds for which a valve was open, gaps of more than a minute left out',
      config: { method: 'previous', per: '1s', maxGap: '1m' },
      given: `
        0s    valve/open  false
        10s   valve/open  true
        25s   valve/open  false !
        30s   valve/open  false
        40s   valve/open  true
        200s  valve/open  true
        210s  valve/open  false
      `,
      expected: `
        0s    valve/open/s/integral  0
        10s   valve/open/s/integral  0
        30s   valve/open/s/integral  20
        40s   valve/open/s/integral  20
        200s  valve/open/s/integral  20
        210s  valve/open/s/integral  30
      `,
    },
    {
      title: 'A late sample and a correction',
      config: { per: '1s' },
      given: `
        tick 1s
        0s  pump/flow  2  L/s
        4s  pump/flow  2
        6s  pump/flow  4
        2s  pump/flow  6
        tick 6s
        6s  pump/flow  NaN !
        8s  pump/flow  2
        tick 8s
      `,
      expected: `
        tick 1s
        0s  pump/flow/s/integral  0    L/s.s
        4s  pump/flow/s/integral  8    L/s.s
        6s  pump/flow/s/integral  14   L/s.s
        2s  pump/flow/s/integral  8    L/s.s
        tick 6s
        4s  pump/flow/s/integral  16   L/s.s r1
        6s  pump/flow/s/integral  22   L/s.s r1
        6s  pump/flow/s/integral  NaN  L/s.s ! r2
        8s  pump/flow/s/integral  24   L/s.s
        tick 8s
      `,
    },
  ],
  create(context) {
    const integrals = new Integrals(context);
    return map((batch) => integrals.next(batch));
  },
});
