import type { Fault } from './fault.ts';

/** By name, in the order of the scoreboard. Loaded only when run or listed: each brings its own tools. */
export const faults: Readonly<Record<string, () => Promise<Fault>>> = {};
