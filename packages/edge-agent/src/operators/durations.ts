import { defineOperator } from '@sluis/plugin-sdk';
import { map } from '@sluis/plugin-sdk/rxjs';
import { durationsConfig } from './durations/config.ts';
import { Durations } from './durations/durations.ts';

/**
 * How long each series was in each of its states, per window of `every`: seconds in the series
 * `<input path>/<stream>/<state>`, stamped with the window's start. A state is a text, a boolean (`true`, `false`) or a
 * number as it is written. It lasts until the next sample, `hold` at most; a sample of bad quality, a NaN and an empty
 * text end it, and what follows is time in no state. A window that has any time in a state tells of all states that the
 * series has been in by then, 0 of those that it was not in; a result is uncertain if an uncertain sample is part of it.
 *
 * A window closes when event time of its series has passed its end by `lateness`, by a row of its own or by a tick's watermarks, which know rows
 * that earlier steps dropped; or, with `idle`, when the agent's clock has. From then on a row that changes it re-emits what has changed, with the
 * next revision, at most once per tick. Late rows and corrections, also of states that last into other windows, lead to
 * exactly what the rows in order of time would, as far back as samples are remembered (4,096 of a series, 262,144 of all)
 * and windows may be revised (for their own length after they closed, a minute at least); what is later is counted.
 *
 * A series has 64 states at most, whose names are at most 128 characters long; all have 65,536. What is beyond is counted,
 * and is time in no state. So is what 262,144 times, of a state in a window, leave no room for.
 */
export const durations = defineOperator({
  name: 'durations',
  version: 1,
  summary: 'Tell how long each series was in each of its states.',
  names: 'stream',
  config: durationsConfig,
  examples: [
    {
      title: 'A press, by the minute',
      config: { every: '1m' },
      given: `
        0s   press/state  'RUN'
        40s  press/state  'IDLE'
        50s  press/state  'RUN'
        80s  press/state  'ALARM'
        2m   press/state  'RUN'
        3m   press/state  'RUN'
      `,
      expected: `
        0s  press/state/s/RUN    50 s
        0s  press/state/s/IDLE   10 s
        1m  press/state/s/RUN    20
        1m  press/state/s/IDLE   0
        1m  press/state/s/ALARM  40 s
        2m  press/state/s/RUN    60
        2m  press/state/s/IDLE   0
        2m  press/state/s/ALARM  0
      `,
    },
    {
      title: 'A state that comes late, and lasts into another window',
      config: { every: '1m' },
      given: `
        10s  press/running  true
        70s  press/running  true
        2m   press/running  true
        50s  press/running  false
        tick 2m
      `,
      expected: `
        0s   press/running/s/true   50 s
        1m   press/running/s/true   60
        tick 2m
        0s   press/running/s/true   40 r1
        1m   press/running/s/true   50 r1
        0s   press/running/s/false  10 s r1
        1m   press/running/s/false  10 r1
      `,
    },
    {
      title: 'Silence, and what nobody can tell',
      config: { every: '10s', hold: '15s', idle: '3s' },
      given: `
        0s  a/valve  1
        4s  a/valve  0 ?
        6s  a/valve  0 !
        8s  a/valve  1
        tick 8s
        tick 10s
        tick 12s
        tick 14s
        tick 16s
        9s  a/valve  0
        tick 17s
      `,
      expected: `
        tick 8s
        tick 10s
        0s  a/valve/s/1  6 s
        0s  a/valve/s/0  2 s ?
        tick 12s
        tick 14s
        tick 16s
        tick 17s
        0s  a/valve/s/1  5 r1
        0s  a/valve/s/0  3 ? r1
      `,
    },
  ],
  create(context) {
    const times = new Durations(context);
    return map((batch) => times.next(batch));
  },
});
