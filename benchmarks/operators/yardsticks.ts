import { alarm } from './alarm.ts';
import { clamp } from './clamp.ts';
import { convert } from './convert.ts';
import { deadband } from './deadband.ts';
import { durations } from './durations.ts';
import { fill } from './fill.ts';
import { group } from './group.ts';
import { integrate } from './integrate.ts';
import { join } from './join.ts';
import { rate } from './rate.ts';
import { rename } from './rename.ts';
import { sample } from './sample.ts';
import { select } from './select.ts';
import { swingingDoor } from './swinging-door.ts';
import { throttle } from './throttle.ts';
import { where } from './where.ts';
import { window } from './window.ts';
import type { Yardstick } from './yardstick.ts';

/** By the names of the operators. */
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
  durations,
  alarm,
  join,
  group,
};
