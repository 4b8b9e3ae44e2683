import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Bar, svgOf } from '@sluis/example-kit/picture';
import { type HourOfPress, hoursOfPress } from './oee.ts';

/* Writes picture.svg: node picture.ts */

export function pictureOf(hours: readonly HourOfPress[]): string {
  const factors = ['availability', 'performance', 'quality'] as const;
  return svgOf({
    title: 'OEE of press-1 in a shift',
    x: { label: 'hour of the shift', from: 0, to: 8, step: 1 },
    panels: [
      {
        label: 'availability, performance, quality',
        y: { from: 0, to: 1, step: 0.25 },
        bars: hours.flatMap(({ hour, factors: values }) =>
          factors.map((name, i): Bar => {
            const width = 0.9 / factors.length;
            return { name, from: hour + 0.05 + i * width, to: hour + 0.05 + (i + 1) * width, value: values[name] };
          }),
        ),
      },
      {
        label: 'OEE, in %',
        y: { from: 0, to: 100, step: 25 },
        bars: hours.map(({ hour, factors: { overall } }) => {
          const value = 100 * overall;
          return { name: 'OEE', from: hour + 0.05, to: hour + 0.95, value, text: value.toFixed(0) };
        }),
      },
      {
        label: 'minutes in each state',
        y: { from: 0, to: 60, step: 15 },
        bars: hours.flatMap(({ hour, minutes }) => {
          let base = 0;
          return Object.entries(minutes).map(([name, value]): Bar => {
            const bar = { name, from: hour + 0.05, to: hour + 0.95, base, value };
            base += value;
            return bar;
          });
        }),
      },
    ],
  });
}

if (import.meta.main) writeFileSync(join(import.meta.dirname, 'picture.svg'), pictureOf(hoursOfPress()));
