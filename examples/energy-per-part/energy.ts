import { join } from 'node:path';
import { replay } from '@sluis/example-kit/replay';
import { PARTS, production } from './production.ts';

export interface Energy {
  /** When the part was begun, or the meter read, µs. */
  readonly time: number;
  readonly kWh: number;
}

/** What agent.yaml makes of half an hour: the energy of each part by its name, and the meter's readings. */
export function energies(): { parts: ReadonlyMap<string, Energy>; meter: readonly Energy[] } {
  const results = replay({
    config: join(import.meta.dirname, 'agent.yaml'),
    source: 'presses',
    given: production(),
  });
  const of = (series: string): Energy[] =>
    (results.get(series) ?? []).map(({ time, value }) => ({ time, kWh: Number(value) }));
  const parts = PARTS.flatMap(({ name }) =>
    of(`lab/energy/press-1/${name}`).map((energy): [string, Energy] => [name, energy]),
  );
  return { parts: new Map(parts), meter: of('lab/press-1/power/meter/integral') };
}
