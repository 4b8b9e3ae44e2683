import type { SourceOutline } from '@sluis/plugin-sdk';
import type { SimulatorConfig } from './config.ts';

export function outline({ presses, rate, seed }: SimulatorConfig): SourceOutline {
  return {
    from: `${presses} simulated presses, ${rate} measurements a second each, seed ${seed}`,
    paths: Array.from({ length: presses }, (_, i) => `press-${i + 1}/**`),
  };
}
