import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { svgOf } from '@sluis/example-kit/picture';
import { bake, MINUTE } from './bake.ts';
import { baked } from './parts.ts';

/* Writes picture.svg: node picture.ts */

export function pictureOf({ parts, alarm }: ReturnType<typeof baked>): string {
  const measured = bake().filter(
    ({ series, time }) => series.endsWith('/temperature') && time % (10 * 1_000_000) === 0,
  );
  const states = alarm.map(([time, state]) => [time / MINUTE, state === 'UNACK' ? 1 : 0] as const);
  return svgOf({
    title: 'Temperature of an oven, and of each part that was in it',
    x: { label: 'minutes', from: 0, to: 66, step: 6 },
    panels: [
      {
        label: 'oven, °C',
        y: { from: 130, to: 220, step: 15 },
        lines: [{ name: 'temperature', points: measured.map(({ time, value }) => [time / MINUTE, Number(value)]) }],
      },
      {
        label: 'part: from its least to its greatest, °C',
        y: { from: 130, to: 220, step: 15 },
        bars: parts.map(({ name, time, seconds, min, max }) => ({
          name: 'part',
          from: time / MINUTE,
          to: time / MINUTE + seconds / 60,
          base: min,
          value: max - min,
          text: name,
        })),
      },
      {
        label: 'alarm: too hot for a minute',
        y: { from: 0, to: 1, step: 1 },
        lines: [{ name: 'alarm', isStepped: true, points: [...states, [66, states.at(-1)?.[1] ?? 0]] }],
      },
    ],
  });
}

if (import.meta.main) writeFileSync(join(import.meta.dirname, 'picture.svg'), pictureOf(baked()));
