import { defineOperator, positiveDuration } from '@sluis/plugin-sdk';
import { map } from '@sluis/plugin-sdk/rxjs';
import { z } from 'zod';
import { Doors, LARGEST } from './swinging-door/doors.ts';

/**
 * Passes so many samples of a series that the straight lines between them are within `deviation` of every one that is left out,
 * but for the rounding of doubles, as long as samples come in order. After E. H. Bristol, "Swinging door trending: adaptive trend
 * recording?", ISA National Conference, 1990; with both doors hinged at the sample that passed itself, and not `deviation` above and
 * below it, where a line may be off by twice as much.
 *
 * A sample is held until a later one shows whether it is needed: it passes when the line from the last one that passed to the
 * later one would be too far from any between, with the `heartbeat`, or when nothing has come for `idle`.
 *
 * Lines are drawn between numbers of one quality, good or uncertain, doubles and whole numbers that a double has. All else ends
 * the line before it and passes: texts, booleans, bad quality, NaN, infinities and numbers beyond 1e300, other whole numbers.
 *
 * A correction of the newest sample keeps to the deviation: one of a sample that is held takes its place if the line to it is near
 * to all between; otherwise the line ends with the sample before, and both pass. A late sample, and with it a correction of one
 * before the newest, passes and moves no door: from the one that passed before it to the next one the line
 * may be further away from what is left out, for that is not remembered. So does one beyond the horizon.
 *
 * What is meant for another lane than data passes. The state is a few numbers for each series.
 */
export const swingingDoor = defineOperator({
  name: 'swingingDoor',
  version: 2,
  summary: 'Pass so many samples that the lines between them are near to all that are left out.',
  config: z.strictObject({
    deviation: z
      .number()
      .nonnegative()
      .max(LARGEST)
      .describe('How far a sample that is left out may be from the line, in the unit of the series'),
    heartbeat: positiveDuration
      .optional()
      .describe(
        'Pass a sample when the last one that passed is so long ago, in event time or by the clock of the agent',
      ),
    idle: positiveDuration
      .prefault('1h')
      .describe('Pass the newest sample when none has come for this long by the clock of the agent'),
  }),
  examples: [
    {
      title: 'A ramp, and where it ends',
      config: { deviation: 0.5 },
      given: `
        0s  tank/level  10    cm
        1s  tank/level  11.2
        2s  tank/level  11.9
        3s  tank/level  13
        4s  tank/level  13.1
        5s  tank/level  13
        6s  tank/level  12.9
        7s  tank/level  20
      `,
      expected: `
        0s  tank/level  10    cm
        3s  tank/level  13    cm
        6s  tank/level  12.9  cm
      `,
    },
    {
      title: 'What ends a line, and what is late',
      config: { deviation: 1, heartbeat: '10s' },
      given: `
        0s   tank/level  10  cm
        1s   tank/level  10
        2s   tank/level  10
        3s   tank/level  10  !
        4s   tank/level  10
        5s   tank/level  10
        5s   tank/level  10.5
        1s   tank/level  30
        14s  tank/level  10
        15s  tank/level  10
        16s  tank/level  10
        tick 20s
        17s  tank/level  10
        tick 30s
      `,
      expected: `
        0s   tank/level  10  cm
        2s   tank/level  10  cm
        3s   tank/level  10  cm  !
        4s   tank/level  10  cm
        1s   tank/level  30  cm
        14s  tank/level  10  cm
        tick 20s
        16s  tank/level  10  cm
        tick 30s
        17s  tank/level  10  cm
      `,
    },
    {
      title: 'A correction that is off the line, and silence',
      config: { deviation: 0.5, idle: '1m' },
      given: `
        0s  tank/level  10  cm
        1s  tank/level  11
        2s  tank/level  12
        3s  tank/level  13
        tick 3s
        3s  tank/level  20
        4s  tank/level  20
        5s  tank/level  20
        tick 30s
        6s  tank/level  20
        tick 64s
        tick 90s
      `,
      expected: `
        0s  tank/level  10  cm
        tick 3s
        2s  tank/level  12  cm
        3s  tank/level  20  cm
        tick 30s
        tick 64s
        tick 90s
        6s  tank/level  20  cm
      `,
    },
  ],
  create(context) {
    const doors = new Doors(context);
    return map((batch) => doors.next(batch));
  },
});
