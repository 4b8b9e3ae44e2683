import type { Fault } from './fault.ts';

/** By name, in the order of the scoreboard. Loaded only when run or listed: each brings its own tools. */
export const faults: Readonly<Record<string, () => Promise<Fault>>> = {
  'kill-agent': async () => (await import('./kill.ts')).killAgent,
  'kill-hub': async () => (await import('./kill.ts')).killHub,
  'kill-query-process': async () => (await import('./kill.ts')).killQuery,
  'kill-both': async () => (await import('./kill.ts')).killBoth,
};
