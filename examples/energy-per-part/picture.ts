import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { svgOf } from '@sluis/example-kit/picture';
import { energies } from './energy.ts';
import { MINUTE, PARTS, production } from './production.ts';

/* Writes picture.svg: node picture.ts */

export function pictureOf({ parts, meter }: ReturnType<typeof energies>): string {
  const power = production().filter(({ unit, time }) => unit === 'kW' && time % 1_000_000 === 0);
  return svgOf({
    title: 'Energy of each part that press-1 has made',
    x: { label: 'minutes', from: 0, to: 31, step: 5 },
    panels: [
      {
        label: 'power, kW',
        y: { from: 0, to: 40, step: 10 },
        lines: [{ name: 'power', points: power.map(({ time, value }) => [time / MINUTE, Number(value)]) }],
      },
      {
        label: 'energy of each part, Wh',
        y: { from: 0, to: 300, step: 100 },
        bars: PARTS.map(({ name, from, to }) => {
          const value = 1000 * (parts.get(name)?.kWh ?? 0);
          return { name: 'energy', from: from / MINUTE, to: to / MINUTE, value, text: value.toFixed(0) };
        }),
      },
      {
        label: 'meter, kWh',
        y: { from: 0, to: 6, step: 2 },
        lines: [{ name: 'meter', points: meter.map(({ time, kWh }) => [time / MINUTE, kWh]), isDotted: true }],
      },
    ],
  });
}

if (import.meta.main) writeFileSync(join(import.meta.dirname, 'picture.svg'), pictureOf(energies()));
