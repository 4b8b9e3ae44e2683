import { defineOperator } from '@sluis/plugin-sdk';
import { map } from '@sluis/plugin-sdk/rxjs';
import { groupConfig } from './group/config.ts';
import { Group } from './group/group.ts';

/**
 * Puts several series together, by labels that stand in their paths: what the stars of a pattern stand for, the text that a
 * join has made a level. Of each window of `every` each series gives its last sample with a number, and of these the
 * aggregates are computed: they go to `<as>/<stream>/<aggregate>`, stamped with the window's start. So series count alike however often they are
 * sampled; a window step before makes another of each window's samples than the last. `count` is that of the series.
 *
 * A window closes when event time of all series of the group has passed its end by `lateness`, by rows or by a tick's
 * watermarks, which know rows that earlier steps dropped. It does not wait for those that have been silent for `wait` by
 * the agent's clock, whether their samples come later or never; and for one whose clock lags, or that sends what is hours old, it
 * waits that long from when another series and the agent's clock have passed the window's end. Where all series of the group are
 * silent, it closes what the agent's clock has passed. From then on a row that becomes the last
 * of its series in that window re-emits it with the next revision, at most once per tick, for as long as `revise` says; later
 * ones are counted. A row beyond the horizon is counted, and holds nobody up.
 *
 * Booleans are 0 and 1, integers the nearest doubles. Bad quality, NaN and text are counted; at the time of a series' last sample in
 * a window they take that back, and the series then gives nothing to it until a later one comes. A result is uncertain if a
 * sample in it is. It has the unit of the series that came first: those of a series in another unit are counted and left out, for which
 * the log has a warning, until a step before converts them. 262,144 values are held, one for each series and window:
 * what is beyond is counted. Series that the pattern does not match are left out.
 */
export const group = defineOperator({
  name: 'group',
  version: 2,
  summary: 'Put several series together into one, by what their paths have in common.',
  names: 'stream',
  config: groupConfig,
  examples: [
    {
      title: 'Power of each line',
      config: { by: 'lab/*/*/power', as: 'lab/{1}/power', every: '10s', aggregate: ['sum', 'count'] },
      given: `
        1s   lab/north/m1/power  3 kW
        2s   lab/north/m2/power  4 kW
        3s   lab/south/m1/power  5 kW
        9s   lab/north/m1/power  2
        11s  lab/north/m1/power  1
        12s  lab/south/m1/power  6
        13s  lab/north/m2/power  1 ?
        20s  lab/north/m1/power  1
        21s  lab/north/m2/power  1
      `,
      expected: `
        0s   lab/south/power/s/sum    5 kW
        0s   lab/south/power/s/count  1
        0s   lab/north/power/s/sum    6 kW
        0s   lab/north/power/s/count  2
        10s  lab/north/power/s/sum    2 kW ?
        10s  lab/north/power/s/count  2 ?
      `,
    },
    {
      title: 'A series that is silent, and comes late',
      config: { by: 'lab/*/force', as: 'lab/force', every: '10s', aggregate: ['mean'], wait: '3s' },
      given: `
        1s   lab/m1/force  10 kN
        2s   lab/m2/force  20 kN
        12s  lab/m1/force  30
        tick 2s
        14s  lab/m1/force  40
        tick 4s
        8s   lab/m2/force  50
        9s   lab/m2/force  0 !
        tick 5s
      `,
      expected: `
        tick 2s
        tick 4s
        0s   lab/force/s/mean  15 kN
        tick 5s
        0s   lab/force/s/mean  30 r1
      `,
    },
    {
      title: 'A clock that lags, and another unit',
      config: { by: 'lab/*/force', as: 'lab/force', every: '10s', aggregate: ['sum'], wait: '3s' },
      given: `
        1s   lab/m1/force  10 kN
        1s   lab/m2/force  20 kN
        1s   lab/m3/force  30 N
        tick 9s
        11s  lab/m1/force  11 kN
        5s   lab/m2/force  21 kN
        tick 11s
        6s   lab/m2/force  22 kN
        tick 12s
        13s  lab/m1/force  12 kN
        tick 13s
        7s   lab/m2/force  23 kN
        tick 14s
        8s   lab/m2/force  24 kN
        tick 15s
      `,
      expected: `
        tick 9s
        tick 11s
        tick 12s
        tick 13s
        tick 14s
        0s  lab/force/s/sum  33 kN
        tick 15s
        0s  lab/force/s/sum  34 kN r1
      `,
    },
  ],
  create(context) {
    const grouped = new Group(context);
    return map((batch) => grouped.next(batch));
  },
});
