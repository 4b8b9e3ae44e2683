import { join } from 'node:path';
import { replay } from '@sluis/example-kit/replay';
import { bake, PARTS } from './bake.ts';

export interface BakedPart {
  readonly name: string;
  /** When it went in, µs. */
  readonly time: number;
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  /** For how long it was in the oven. */
  readonly seconds: number;
}

/** What agent.yaml makes of an hour: its parts, and the states of the alarm with their times (µs). */
export function baked(): { parts: BakedPart[]; alarm: (readonly [time: number, state: string])[] } {
  const config = join(import.meta.dirname, 'agent.yaml');
  const results = replay({ config, source: 'ovens', given: bake() });
  const parts = PARTS.map(({ name }) => {
    const of = (what: string) => {
      const all = results.get(`lab/parts/oven-1/${name}/${what}`) ?? [];
      if (all.length !== 1) throw new Error(`${name} has ${all.length} results of ${what}`);
      return { time: all[0].time, value: Number(all[0].value) };
    };
    const { time, value: max } = of('max');
    return { name, time, max, min: of('min').value, mean: of('timeWeightedMean').value, seconds: of('duration').value };
  });
  const states = results.get('lab/oven-1/temperature/watch/hot') ?? [];
  return { parts, alarm: states.map(({ time, value }) => [time, String(value)] as const) };
}
