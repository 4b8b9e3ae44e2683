import { alarm, alarmOfDeviation, alarmOfRate } from './alarm.ts';
import { clamp } from './clamp.ts';
import { convert } from './convert.ts';
import { counts, sessions, windowsOfStates } from './cut-windows.ts';
import { deadband } from './deadband.ts';
import { durations } from './durations.ts';
import { fill } from './fill.ts';
import { group } from './group.ts';
import { integrate } from './integrate.ts';
import { join, joinOfOneTime } from './join.ts';
import { hopping, sliding } from './overlapping-windows.ts';
import { quantiles } from './quantiles.ts';
import { rate } from './rate.ts';
import { rename } from './rename.ts';
import { sample } from './sample.ts';
import { select } from './select.ts';
import { swingingDoor } from './swinging-door.ts';
import { throttle } from './throttle.ts';
import { where } from './where.ts';
import { window } from './window.ts';
import type { Yardstick } from './yardstick.ts';

/** By the names of the operators; where one has several forms, each has its own. */
export const yardsticks: Readonly<Record<string, Yardstick>> = {
  where,
  select,
  rename,
  convert,
  clamp,
  deadband,
  swingingDoor,
  throttle,
  sample,
  fill,
  rate,
  integrate,
  window,
  'window, hopping': hopping,
  'window, sliding': sliding,
  'window, session': sessions,
  'window, count': counts,
  'window, state': windowsOfStates,
  'window, quantiles': quantiles,
  durations,
  alarm,
  'alarm, rate': alarmOfRate,
  'alarm, deviation': alarmOfDeviation,
  join,
  'join, of one time': joinOfOneTime,
  group,
};
