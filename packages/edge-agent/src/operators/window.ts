import { defineOperator, type OperatorContext, type SampleBatch } from '@sluis/plugin-sdk';
import { map } from '@sluis/plugin-sdk/rxjs';
import { AlignedWindows } from './window/aligned-windows.ts';
import { type WindowConfig, windowConfig } from './window/config.ts';
import { Segments } from './window/segments.ts';
import { SlidingWindows } from './window/sliding-windows.ts';

export { MAX_WINDOWS } from './window/event-time-windows.ts';

/**
 * Windows per series, of one kind: `every`, with `size` if they overlap, are aligned to 1970 UTC; `sliding` ends with each sample;
 * `session`, `count` and `state` cut the samples themselves into windows, one after the other. Results are in the series
 * `<input path>/<stream>/<aggregate>`, stamped with the window's start (a sliding one's with its end), of uncertain quality while
 * any sample of the window is: a correction of quality alone counts as one. What has no number (bad quality, NaN, and text, but for
 * states) takes no part; as a correction it takes back what it replaces. Infinite values take part; what is no number then, such as
 * their stddev, is left out, or taken back by a revision that is NaN, of bad quality. The least and greatest of 0 and -0 is 0. `first` and `last` of a
 * state are texts and booleans where the state is. In all else values are doubles: booleans are 0 and 1, and whole numbers of 64 bits
 * the nearest doubles, which is exact up to 2^53 and 15 digits beyond; a stream with `sample` or `throttle` keeps the last or first of each interval
 * as it is, of whatever kind.
 *
 * A window closes when event time of its series has passed its end by `lateness`: by a row of its own, in order of rows,
 * or by a tick's watermarks, which know rows that earlier steps dropped; or when its series has been idle. From then on
 * a row that changes it re-emits it with the next revision, at most once per tick. Where a late row or a correction moves the start
 * of a session, a count or a state, the result of the old start is taken back: a revision that is NaN, of bad quality. In
 * the end results are those over the samples in order of time without repeats, as far back as samples are remembered (2^18 over
 * all series of a step, those of sliding windows 2^19); further back a row is folded in as well as can be while its window is open, and
 * then dropped and counted. A window may be longer than what is remembered, but a sliding one is then not emitted, and counted.
 *
 * `revise`, unless given the window's length or a minute, if that is more, reaches no further than that memory, which all series of a step
 * share: each of n has 2^18 / n samples, rounded down to a power of two, 65,536 at most. The samples that a series sends in the time
 * of a window and of `revise` have to fit in that: with one a second, eight hours take 32,768, so eight series have room.
 * What comes later than that is dropped and counted as `window: late`; a step for fewer series, or after `sample`, reaches further back.
 *
 * Of two samples of one time the later to come is the correction, whatever revisions they have: sources of an agent give none, and steps
 * emit theirs in rising order.
 */
export const window = defineOperator({
  name: 'window',
  version: 3,
  summary: 'Aggregate each series over windows of time.',
  names: 'stream',
  config: windowConfig,
  examples: [
    {
      title: 'Ten seconds',
      config: { every: '10s', aggregate: ['count', 'mean', 'max'] },
      given: `
        1s   oven/temperature  20   Cel
        4s   oven/temperature  21
        9s   oven/temperature  25   ?
        10s  oven/temperature  30
        12s  oven/temperature  NaN
        13s  oven/temperature  99   !
        20s  oven/temperature  31
      `,
      expected: `
        0s   oven/temperature/s/count  3  ?
        0s   oven/temperature/s/mean   22 Cel ?
        0s   oven/temperature/s/max    25 Cel ?
        10s  oven/temperature/s/count  1
        10s  oven/temperature/s/mean   30
        10s  oven/temperature/s/max    30
      `,
    },
    {
      title: 'A late sample and a correction',
      config: { every: '10s', aggregate: ['sum', 'first'] },
      given: `
        1s   press/parts  5
        4s   press/parts  6
        11s  press/parts  7
        tick 12s
        0s   press/parts  1
        4s   press/parts  8
        tick 13s
        tick 14s
      `,
      expected: `
        0s   press/parts/s/sum    11
        0s   press/parts/s/first  5
        tick 12s
        tick 13s
        0s   press/parts/s/sum    14 r1
        0s   press/parts/s/first  1  r1
        tick 14s
      `,
    },
    {
      title: 'Waiting, and waiting no longer',
      config: { every: '10s', aggregate: ['count'], lateness: '5s', idle: '3s' },
      given: `
        tick 10s
        9s   a/force  1
        14s  a/force  2
        3s   a/force  3
        15s  a/force  4
        15s  b/force  1
        tick 11s
        17s  b/force  -
        tick 12s
        tick 13s
        tick 14s
      `,
      expected: `
        tick 10s
        0s   a/force/s/count  2
        tick 11s
        tick 12s
        tick 13s
        10s  a/force/s/count  2
        10s  b/force/s/count  1
        tick 14s
      `,
    },
    {
      title: 'Windows that overlap, with quantiles',
      config: { every: '5s', size: '10s', aggregate: ['p50', 'range'] },
      given: `
        1s   oven/temperature  20  Cel
        4s   oven/temperature  24
        6s   oven/temperature  30
        12s  oven/temperature  21
        16s  oven/temperature  21
      `,
      expected: `
        -5s  oven/temperature/s/p50   20.12422360248447  Cel
        -5s  oven/temperature/s/range 4                  Cel
        0s   oven/temperature/s/p50   24.124352331606218
        0s   oven/temperature/s/range 10
        5s   oven/temperature/s/p50   21.124260355029588
        5s   oven/temperature/s/range 9
      `,
    },
    {
      title: 'Sliding',
      config: { sliding: '10s', aggregate: ['mean', 'count'] },
      given: `
        0s   oven/temperature  20  Cel
        6s   oven/temperature  24
        12s  oven/temperature  28
        tick 13s
        3s   oven/temperature  22
        tick 14s
      `,
      expected: `
        0s   oven/temperature/s/mean  20                 Cel
        0s   oven/temperature/s/count 1
        6s   oven/temperature/s/mean  22
        6s   oven/temperature/s/count 2
        12s  oven/temperature/s/mean  26
        12s  oven/temperature/s/count 2
        tick 13s
        tick 14s
        3s   oven/temperature/s/mean  21                 r1
        3s   oven/temperature/s/count 2                  r1
        6s   oven/temperature/s/mean  22                 r1
        6s   oven/temperature/s/count 3                  r1
        12s  oven/temperature/s/mean  24.666666666666668 r1
        12s  oven/temperature/s/count 3                  r1
      `,
    },
    {
      title: 'A session, and a sample that makes one of two',
      config: { session: '30s', aggregate: ['count', 'duration', 'max'] },
      given: `
        0s   robot/current  4   A
        20s  robot/current  6
        60s  robot/current  5
        95s  robot/current  1
        tick 96s
        45s  robot/current  7
        tick 97s
      `,
      expected: `
        0s  robot/current/s/count    2
        0s  robot/current/s/duration 20  s
        0s  robot/current/s/max      6   A
        1m  robot/current/s/count    1
        1m  robot/current/s/duration 0
        1m  robot/current/s/max      5
        tick 96s
        tick 97s
        0s  robot/current/s/count    4   r1
        0s  robot/current/s/duration 60  r1
        0s  robot/current/s/max      7   r1
        1m  robot/current/s/count    NaN ! r1
        1m  robot/current/s/duration NaN ! r1
        1m  robot/current/s/max      NaN ! r1
      `,
    },
    {
      title: 'Three samples each; a late one moves those after it',
      config: { count: 3, aggregate: ['mean', 'first', 'last'] },
      given: `
        0s  scale/weight  10  kg
        1s  scale/weight  11
        2s  scale/weight  12
        4s  scale/weight  13
        5s  scale/weight  14
        6s  scale/weight  15
        tick 7s
        3s  scale/weight  9
        tick 8s
      `,
      expected: `
        0s  scale/weight/s/mean  11  kg
        0s  scale/weight/s/first 10  kg
        0s  scale/weight/s/last  12  kg
        4s  scale/weight/s/mean  14
        4s  scale/weight/s/first 13
        4s  scale/weight/s/last  15
        tick 7s
        tick 8s
        4s  scale/weight/s/mean  NaN ! r1
        4s  scale/weight/s/first NaN ! r1
        4s  scale/weight/s/last  NaN ! r1
        3s  scale/weight/s/mean  12
        3s  scale/weight/s/first 9
        3s  scale/weight/s/last  14
      `,
    },
    {
      title: 'How long a machine was in each state',
      config: { state: true, aggregate: ['first', 'duration', 'count'] },
      given: `
        0s   press/state    'RUN'
        10s  press/state    'RUN'
        15s  press/state    'STOP'
        20s  press/state    'RUN'
        0s   press/running  true
        5s   press/running  false   ?
        9s   press/running  true
        tick 21s
        12s  press/state    'STOP'
        tick 22s
      `,
      expected: `
        0s   press/state/s/first      'RUN'
        0s   press/state/s/duration   15     s
        0s   press/state/s/count      2
        15s  press/state/s/first      'STOP'
        15s  press/state/s/duration   5
        15s  press/state/s/count      1
        0s   press/running/s/first    true
        0s   press/running/s/duration 5      s
        0s   press/running/s/count    1
        5s   press/running/s/first    false  ?
        5s   press/running/s/duration 4      ?
        5s   press/running/s/count    1      ?
        tick 21s
        tick 22s
        15s  press/state/s/first      NaN    ! r1
        15s  press/state/s/duration   NaN    ! r1
        15s  press/state/s/count      NaN    ! r1
        0s   press/state/s/first      'RUN'  r1
        0s   press/state/s/duration   12     r1
        0s   press/state/s/count      2      r1
        12s  press/state/s/first      'STOP'
        12s  press/state/s/duration   8
        12s  press/state/s/count      2
      `,
    },
  ],
  create(context) {
    const windows = windowsOf(context);
    return map((batch) => windows.next(batch));
  },
});

function windowsOf(context: OperatorContext<WindowConfig>): { next(batch: SampleBatch): SampleBatch } {
  const { every, sliding } = context.config;
  if (every !== undefined) return new AlignedWindows(context);
  return sliding === undefined ? new Segments(context) : new SlidingWindows(context);
}
