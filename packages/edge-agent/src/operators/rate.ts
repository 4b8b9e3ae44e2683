import { defineOperator } from '@sluis/plugin-sdk';
import { map } from '@sluis/plugin-sdk/rxjs';
import { rateConfig } from './rate/config.ts';
import { Rates } from './rate/rates.ts';

/**
 * How fast a number changes: from each sample to the next of its series in order of time, as a sample of the later one's time in
 * the series `<path>/<stream>/rate`. What takes part are finite numbers of good or uncertain quality; a rate is uncertain if one
 * of its two samples is. The rest is left out and counted: texts, bad quality, NaN and infinities, times beyond the horizon; for
 * counters what is below 0. Booleans are 0 and 1. Whole numbers of 64 bits are subtracted as they are, so that a
 * counter beyond 2^53 has the rates that it has at 0.
 *
 * A late sample divides the interval that it falls into: the rate at its time is emitted, and that of the sample after it again,
 * with a revision. A correction does the same. If there no longer is a rate, because one of its samples has become bad, a NaN of
 * bad quality takes its place. 1,024 samples of a series are remembered for that, 65,536 of all series together but 16 of each;
 * what is older is counted as `rate: late`.
 */
export const rate = defineOperator({
  name: 'rate',
  version: 2,
  summary: 'Tell how fast a value changes, also that of a counter that starts again.',
  names: 'stream',
  config: rateConfig,
  examples: [
    {
      title: 'Litres per minute of a counter that starts again at 0',
      config: { per: '1m', counter: true },
      given: `
        0s   pump/volume  980   L
        30s  pump/volume  1000
        60s  pump/volume  5
        90s  pump/volume  25
      `,
      expected: `
        30s  pump/volume/s/rate  40  'L/min'
        60s  pump/volume/s/rate  10  'L/min'
        90s  pump/volume/s/rate  40  'L/min'
      `,
    },
    {
      title: 'A late sample, a correction, and a gap',
      config: { per: '1s', maxGap: '10s' },
      given: `
        0s   tank/level  10  cm
        4s   tank/level  18
        2s   tank/level  16
        6s   tank/level  22  ?
        4s   tank/level  NaN !
        60s  tank/level  20
        61s  tank/level  19
      `,
      expected: `
        4s   tank/level/s/rate  2    cm/s
        2s   tank/level/s/rate  3    cm/s
        4s   tank/level/s/rate  1    cm/s  r1
        6s   tank/level/s/rate  2    cm/s  ?
        4s   tank/level/s/rate  NaN  cm/s  ! r2
        6s   tank/level/s/rate  1.5  cm/s  ? r3
        61s  tank/level/s/rate  -1   cm/s
      `,
    },
    {
      title: 'A counter of 16 bits, which begins at 0 again after 65535',
      config: { per: '1s', counter: true, wrapsAt: 65_536 },
      given: `
        0s  meter/pulses  65534u  {pulses}
        1s  meter/pulses  6u
        2s  meter/pulses  40000u
        3s  meter/pulses  12u
        4s  meter/pulses  -1i
      `,
      expected: `
        1s  meter/pulses/s/rate  8      {pulses}/s
        2s  meter/pulses/s/rate  39994  {pulses}/s
        3s  meter/pulses/s/rate  25548  {pulses}/s
      `,
    },
  ],
  create(context) {
    const rates = new Rates(context);
    return map((batch) => rates.next(batch));
  },
});
