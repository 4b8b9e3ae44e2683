import { BatchBuilder, type Columns } from '@sluis/protocol';
import { generator, normal } from './random.ts';

export const START = 1_700_000_000_000_000;
export const SECOND = 1_000_000;

export interface Walk {
  readonly rows: Columns;
  /** Shannon entropy of a step, in bits: what no code of the steps alone stays below on average. */
  readonly entropy: number;
}

/** Series that walk in hundredths, in normal steps of 24 hundredths, one sample of each a second; rows in order of time. */
export function walk(series: number, samples: number): Walk {
  const random = generator(7);
  const steps = new Map<number, number>();
  const builder = new BatchBuilder();
  const hundredths = Float64Array.from({ length: series }, () => Math.round(random() * 1e4));
  for (let i = 0; i < samples; i++) {
    for (let id = 0; id < series; id++) {
      if (i > 0) {
        const step = Math.round(normal(random) * 24);
        steps.set(step, (steps.get(step) ?? 0) + 1);
        hundredths[id] = (hundredths[id] ?? 0) + step;
      }
      builder.double(id, START + i * SECOND, (hundredths[id] ?? 0) / 100);
    }
  }
  return { rows: builder.take(), entropy: entropyOf(steps) };
}

function entropyOf(counts: ReadonlyMap<number, number>): number {
  const total = counts.values().reduce((sum, count) => sum + count, 0);
  return counts.values().reduce((bits, count) => bits + (count / total) * Math.log2(total / count), 0);
}
