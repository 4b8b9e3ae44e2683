import { defineOperator } from '@sluis/plugin-sdk';
import { map } from '@sluis/plugin-sdk/rxjs';
import { joinConfig } from './join/config.ts';
import { Join } from './join/join.ts';

/**
 * Joins each sample of the left series, as of its time, with the newest sample of the right one that is not later. Which
 * series belong together follows from their paths: what `*` and `**` stand for in a left path stands in the right one. What
 * it emits are the values of expressions over the two, at the left sample's time, in `<left path>/<stream>/<name>`; with
 * `{label}` in the name, each text of the right series has a series of its own, as far as there are 1,024 of them.
 *
 * A left sample waits until event time of the right series has come as far, so that the right it gets is the one it
 * had: time of a join is the lesser of both. Where the right series is silent for `wait`, by the agent's clock, or lets no left
 * sample go on for that long because its clock lags or what it sends is hours old, its newest sample is taken. Should a right sample be late, or be corrected, the left samples that it concerns are emitted again,
 * with the next revision; so is a left one that is corrected; one that is taken back, because it no longer has a right or a
 * number, becomes a NaN of bad quality. That reaches as far back as the newest 1,024 samples of each series, 262,144 of all
 * left and of all right ones, for which series that have most of them make room for those that have less than half as many; a late
 * sample older than these is counted, or joined and not remembered.
 *
 * `while` gives results for each stretch in which the right series keeps its value, at the time of its beginning: a left value
 * lasts until the next one, so that `integral` is that of the value over time, and `mean` is weighted by time; `count`
 * is that of the left samples. A stretch is emitted with the first left sample after its end. The first one of a series is left
 * out, for nobody knows when it began, and so is one without any left value, which is counted. Stretches are not revised:
 * samples of either side that are late for theirs, after waiting, are counted.
 *
 * Windows are joined where a window step comes before this one, by `tolerance: 0s`: what it emits of one window has one time.
 *
 * Left samples are numbers: booleans are 0 and 1, integers the nearest doubles; bad quality, NaN and text are counted. A
 * right sample of bad quality or NaN says that its series has no value from then on. A left sample with no right, or
 * with none within `tolerance`, leads to nothing and is counted, as is one for which an expression needs the text where
 * there is a number, or the other way round. A result is uncertain if either sample is. 1,024 left samples of a series wait
 * at most, 262,144 of all: then they wait no longer. Series of neither pattern are left out.
 */
export const join = defineOperator({
  name: 'join',
  version: 4,
  summary: 'Join each sample with the newest of another series, and compute with both.',
  names: 'stream',
  config: joinConfig,
  examples: [
    {
      title: 'Temperatures, and the part that was being made',
      config: { left: 'lab/*/temperature', right: 'lab/*/part', emit: { part: 'label', hot: 'left > 80.0' } },
      given: `
        0s  lab/m1/part         'P-1'
        0s  lab/m2/part         'P-2'
        1s  lab/m1/temperature  79 Cel
        1s  lab/m2/temperature  81 Cel
        2s  lab/m1/part         'P-3'
        2s  lab/m1/temperature  82
        3s  lab/m1/part         'P-3'
        3s  lab/m2/part         'P-2'
      `,
      expected: `
        1s  lab/m1/temperature/s/part  'P-1'
        1s  lab/m1/temperature/s/hot   false
        2s  lab/m1/temperature/s/part  'P-3'
        2s  lab/m1/temperature/s/hot   true
        1s  lab/m2/temperature/s/part  'P-2'
        1s  lab/m2/temperature/s/hot   true
      `,
    },
    {
      title: 'Power of each part, to be integrated',
      config: { left: 'lab/*/power', right: 'lab/*/part', emit: { '{label}': 'left' }, wait: '0s' },
      given: `
        0s  lab/m1/part   'P-1'
        1s  lab/m1/power  5 kW
        2s  lab/m1/part   'P-2'
        3s  lab/m1/power  7 kW ?
        2s  lab/m1/power  6 kW
        1s  lab/m1/part   'P-3'
      `,
      expected: `
        1s  lab/m1/power/s/P-1  5 kW
        3s  lab/m1/power/s/P-2  7 kW ?
        2s  lab/m1/power/s/P-2  6 kW
        1s  lab/m1/power/s/P-1  NaN kW ! r1
        1s  lab/m1/power/s/P-3  5 kW r1
      `,
    },
    {
      title: 'Silence, and what is too old',
      config: {
        left: 'lab/*/current',
        right: 'lab/voltage',
        emit: { power: 'left * right / 1000' },
        tolerance: '1m',
        wait: '3s',
      },
      given: `
        0s   lab/voltage     230 V
        5s   lab/m1/current  10 A
        6s   lab/m2/current  20 A
        tick 2s
        tick 4s
        61s  lab/m1/current  30
        60s  lab/voltage     231
        62s  lab/m1/current  40
        tick 6s
      `,
      expected: `
        tick 2s
        tick 4s
        5s   lab/m1/current/s/power  2.3
        6s   lab/m2/current/s/power  4.6
        61s  lab/m1/current/s/power  6.93
        tick 6s
      `,
    },
    {
      title: 'By window: means of the same ten seconds, from a window step before it',
      config: {
        left: 'lab/*/current/s/mean',
        right: 'lab/*/voltage/s/mean',
        emit: { power: 'left * right' },
        tolerance: '0s',
      },
      given: `
        0s   lab/m1/current/s/mean  10 A
        0s   lab/m1/voltage/s/mean  230 V
        10s  lab/m1/current/s/mean  12
        20s  lab/m1/current/s/mean  11
        20s  lab/m1/voltage/s/mean  229
        0s   lab/m1/voltage/s/mean  231 r1
      `,
      expected: `
        0s   lab/m1/current/s/mean/s/power  2300
        20s  lab/m1/current/s/mean/s/power  2519
        0s   lab/m1/current/s/mean/s/power  2310 r1
      `,
    },
    {
      title: 'Energy of each part',
      config: {
        left: 'lab/*/power',
        right: 'lab/*/part',
        while: { part: 'label', energy: 'integral / 3600', seconds: 'duration' },
        wait: '0s',
      },
      given: `
        0s    lab/m1/part   'P-1'
        10s   lab/m1/power  36 kW
        50s   lab/m1/part   'P-2'
        60s   lab/m1/power  72
        100s  lab/m1/part   'P-2'
        150s  lab/m1/part   'P-3'
        160s  lab/m1/power  0
      `,
      expected: `
        50s  lab/m1/power/s/part     'P-2'
        50s  lab/m1/power/s/energy   1.9
        50s  lab/m1/power/s/seconds  100
      `,
    },
  ],
  create(context) {
    const joined = new Join(context);
    return map((batch) => joined.next(batch));
  },
});
