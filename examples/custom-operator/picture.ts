import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Panel, svgOf } from '@sluis/example-kit/picture';
import { run, type Sample } from '@sluis/plugin-sdk/testing';
import despike from './despike.ts';
import { oven } from './oven.ts';

/* Writes picture.svg: node picture.ts */

export function picture(): string {
  const panel = (label: string, samples: readonly Sample[]): Panel => ({
    label,
    y: { from: 0, to: 80, step: 20 },
    lines: [{ name: label, points: samples.map(({ time, value }) => [time / 1_000_000, Number(value)]) }],
  });
  return svgOf({
    title: 'A loose contact, and what despike makes of it',
    x: { label: 'seconds', from: 0, to: 240, step: 30 },
    panels: [panel('as measured, °C', oven()), panel('despike: { by: 5 }', run(despike, { by: 5 }, oven()).samples)],
  });
}

if (import.meta.main) writeFileSync(join(import.meta.dirname, 'picture.svg'), picture());
