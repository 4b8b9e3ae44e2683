import type { Fault } from './fault.ts';

/** By name, in the order of the scoreboard. Loaded only when run or listed: each brings its own tools. */
export const faults: Readonly<Record<string, () => Promise<Fault>>> = {
  'kill-agent': async () => (await import('./kill.ts')).killAgent,
  'kill-hub': async () => (await import('./kill.ts')).killHub,
  'kill-query-process': async () => (await import('./kill.ts')).killQuery,
  'kill-both': async () => (await import('./kill.ts')).killBoth,
  'torn-writes': async () => (await import('./power-cut-states.ts')).tornWrites,
  'power-loss': async () => (await import('./power-loss.ts')).powerLoss,
  'bit-flips': async () => (await import('./bit-flips.ts')).bitFlips,
  'bit-flips-in-parquet': async () => (await import('./bit-flips.ts')).bitFlipsInFiles,
  'eio-fsync': async () => (await import('./io-errors.ts')).eioSync,
  'eio-write': async () => (await import('./io-errors.ts')).eioWrite,
  'eio-read': async () => (await import('./io-errors.ts')).eioRead,
  enospc: async () => (await import('./full.ts')).enospc,
  'file-size-limit': async () => (await import('./full.ts')).fileSizeLimit,
  'slow-disk': async () => (await import('./slow-disk.ts')).slowDisk,
  'clock-jumps': async () => (await import('./clock-jumps.ts')).clockJumps,
};
