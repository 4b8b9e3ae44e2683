import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { svgOf } from '@sluis/example-kit/picture';
import { UnavailableError } from '@sluis/plugin-sdk';
import { EPOCH, FakeContext, until } from '@sluis/plugin-sdk/testing';
import { ScaleSimulator } from './scale-simulator.ts';
import scale from './scale.ts';

/* Writes picture.svg: node picture.ts */

const SECOND = 1_000_000;
const WEIGHINGS = 120;
/** While these are weighed, the journal is full. */
const FULL = { from: 40, to: 70 };

/** The source with a scale that weighs once a second; how much of it is acknowledged is looked at after each. */
export async function picture(): Promise<string> {
  await using simulator = await ScaleSimulator.absent();
  await simulator.listen();
  const context = new FakeContext(scale.config.parse({ address: simulator.address }));
  await using source = scale.create(context);
  await source.start();
  await until('the source is connected', () => context.current === 'running');

  const acknowledged: [number, number][] = [];
  for (let i = 0; i < WEIGHINGS; i++) {
    const isFull = i >= FULL.from && i < FULL.to;
    context.refusal = isFull ? new UnavailableError('the journal is full') : undefined;
    const weight = 12 + Math.sin(i / 9) + (i % 2 === 0 ? 0.2 : -0.2);
    simulator.weigh('belt-1', EPOCH + i * SECOND, Math.round(weight * 1000) / 1000);
    if (!isFull) await until('all is acknowledged', () => simulator.acknowledged === i + 1);
    acknowledged.push([i, simulator.acknowledged]);
  }
  const { samples } = context;
  const weights = samples.map(({ time, value }) => [time / SECOND, Number(value)] as const);
  return svgOf({
    title: 'A scale, while the journal is full from 40 to 70 s',
    x: { label: 'seconds', from: 0, to: WEIGHINGS, step: 10 },
    panels: [
      {
        label: 'weighings in the journal, kg',
        y: { from: 10, to: 14, step: 1 },
        lines: [{ name: 'belt-1', points: weights.toSorted(([a], [b]) => a - b), isDotted: true }],
      },
      {
        label: 'weighings acknowledged to the scale',
        y: { from: 0, to: 120, step: 40 },
        lines: [{ name: 'acknowledged', points: acknowledged, isStepped: true }],
      },
    ],
  });
}

if (import.meta.main) writeFileSync(join(import.meta.dirname, 'picture.svg'), await picture());
