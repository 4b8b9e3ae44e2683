import { type Sample, sample } from '@sluis/plugin-sdk/testing';

const SECOND = 1_000_000;
export const MINUTE = 60 * SECOND;
const END = 66 * MINUTE;
/** When parts went in and out. */
export const PARTS = [
  { name: 'P-1041', from: 4 * MINUTE, to: 18 * MINUTE },
  { name: 'P-1042', from: 21 * MINUTE, to: 36 * MINUTE },
  { name: 'P-1043', from: 39 * MINUTE, to: 45 * MINUTE },
  { name: 'P-1044', from: 48 * MINUTE, to: 62 * MINUTE },
];
/** The controller holds this; from the third part on a contactor sticks for some minutes. */
const SETPOINT = 200;
const STUCK = { from: 50 * MINUTE, to: 56 * MINUTE };

/** What an oven measures in an hour. The scanner's network is slow: what it says comes two seconds late. */
export function bake(): Sample[] {
  const samples: (Sample & { readonly comes: number })[] = [];
  let temperature = 140;
  for (let time = 0; time <= END; time += SECOND) {
    const part = PARTS.find(({ from, to }) => time >= from && time < to);
    const isStuck = time >= STUCK.from && time < STUCK.to;
    const heating = isStuck ? 0.09 : Math.min(Math.max((SETPOINT - temperature) / 90, 0), 0.22);
    const cooling = (temperature - 25) / (part ? 6_000 : 12_000);
    temperature += heating - cooling;
    if (part && time < part.from + MINUTE) temperature -= 0.5;
    const value = Math.round((temperature + 0.4 * Math.sin(time / SECOND)) * 10) / 10;
    samples.push({ ...sample('lab/oven-1/temperature', time, value), comes: time });
    const said =
      PARTS.find(({ from }) => from === time)?.name ?? (PARTS.some(({ to }) => to === time) ? '' : undefined);
    if (said !== undefined) samples.push({ ...sample('lab/oven-1/part', time, said), comes: time + 2 * SECOND });
  }
  return samples.sort((a, b) => a.comes - b.comes);
}
