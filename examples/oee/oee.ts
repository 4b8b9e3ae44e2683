import { join } from 'node:path';
import { replay, type Result } from '@sluis/example-kit/replay';
import { HOUR, shift } from './shift.ts';

const FACTORS = ['availability', 'performance', 'quality', 'overall'] as const;
const STATES = ['RUN', 'SETUP', 'PAUSE', 'DOWN'] as const;

export interface HourOfPress {
  readonly hour: number;
  readonly factors: Readonly<Record<(typeof FACTORS)[number], number>>;
  /** Minutes in each state. */
  readonly minutes: Readonly<Record<(typeof STATES)[number], number>>;
}

/** What agent.yaml makes of the shift, hour by hour. */
export function hoursOfPress(): HourOfPress[] {
  const results = replay({
    config: join(import.meta.dirname, 'agent.yaml'),
    source: 'controllers',
    given: shift(),
  });
  const at = (series: string, time: number): number => {
    const found: Result | undefined = results.get(`lab/${series}`)?.find((result) => result.time === time);
    return Number(found?.value ?? 0);
  };
  return Array.from({ length: 8 }, (_, hour) => ({
    hour,
    factors: fromNames(FACTORS, (name) => at(`oee/${name}/press-1`, hour * HOUR)),
    minutes: fromNames(STATES, (name) => at(`press-1/state/states/${name}`, hour * HOUR) / 60),
  }));
}

function fromNames<Name extends string>(names: readonly Name[], value: (name: Name) => number): Record<Name, number> {
  return Object.fromEntries(names.map((name) => [name, value(name)])) as Record<Name, number>;
}
