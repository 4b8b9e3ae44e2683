// How fast segments are encoded and decoded on one core, and how small they are: node benchmarks/codec.ts
import { BatchBuilder, type Columns, decodeSegment, encodeSegment, groupBySeries } from '@sluis/protocol';

const START = 1_700_000_000_000_000;
const SECOND = 1_000_000;

interface Scenario {
  readonly name: string;
  readonly series: number;
  readonly samples: number;
  /** The value that follows one, and the Shannon entropy of that step in bits, where there is one. */
  readonly next: (value: number) => number;
  readonly first: () => number;
  readonly steps?: Map<number, number>;
}

/** Numbers from 0 to below 1, the same ones in each run (mulberry32). */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const random = generator(7);

/** A walk in hundredths with normal steps of 24 hundredths, which counts its steps. */
function walk(name: string, series: number, samples: number): Scenario {
  const steps = new Map<number, number>();
  const next = (value: number): number => {
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    const step = Math.round(normal * 24);
    steps.set(step, (steps.get(step) ?? 0) + 1);
    return (Math.round(value * 100) + step) / 100;
  };
  return { name, series, samples, next, first: () => Math.round(random() * 1e4) / 100, steps };
}

const scenarios: readonly Scenario[] = [
  walk('walk, 2 decimals, 1,000 × 64', 1_000, 64),
  walk('walk, 2 decimals, 655 × 100', 655, 100),
  walk('walk, 2 decimals, 6,553 × 10', 6_553, 10),
  walk('walk, 2 decimals, 8 × 8,000', 8, 8_000),
  {
    name: 'singles with noise, 640 × 100',
    series: 640,
    samples: 100,
    first: () => 20,
    next: (value) => Math.fround(value + random() - 0.5),
  },
  {
    name: 'random doubles, 640 × 100',
    series: 640,
    samples: 100,
    first: random,
    next: () => random() + random() / 2 ** 32,
  },
];

function rowsOf({ series, samples, first, next }: Scenario): Columns {
  const builder = new BatchBuilder();
  const values = Float64Array.from({ length: series }, first);
  for (let i = 0; i < samples; i++) {
    for (let id = 0; id < series; id++) {
      if (i > 0) values[id] = next(values[id]);
      builder.double(id, START + i * SECOND, values[id]);
    }
  }
  return builder.take();
}

function entropyOf(steps: Map<number, number>): number {
  const counts = [...steps.values()];
  const total = counts.reduce((sum, count) => sum + count, 0);
  return counts.reduce((bits, count) => bits + (count / total) * Math.log2(total / count), 0);
}

/** Milliseconds of the fastest of many runs: what the code takes when nothing else runs. */
function fastest(run: () => unknown): number {
  let best = Infinity;
  const until = performance.now() + 700;
  while (performance.now() < until) {
    const start = performance.now();
    run();
    best = Math.min(best, performance.now() - start);
  }
  return best;
}

console.log('million samples a second; bytes a sample; × entropy of the steps');
const results = scenarios.map((scenario) => {
  const rows = rowsOf(scenario);
  const grouped = groupBySeries([rows]);
  const speed = (run: () => unknown): number => Math.round(rows.length / fastest(run) / 100) / 10;
  const tight = encodeSegment(rows, { effort: 'tight' }).bytes;
  const bytes = tight.length / rows.length;
  return {
    scenario: scenario.name,
    group: speed(() => groupBySeries([rows])),
    'fast, ungrouped': speed(() => encodeSegment(rows, { effort: 'fast' })),
    fast: speed(() => encodeSegment(grouped, { effort: 'fast' })),
    tight: speed(() => encodeSegment(grouped, { effort: 'tight' })),
    decode: speed(() => decodeSegment(tight)),
    bytes: Math.round(bytes * 1000) / 1000,
    '× entropy': scenario.steps ? Math.round(((bytes * 8) / entropyOf(scenario.steps)) * 1000) / 1000 : undefined,
  };
});
console.table(results);

/** What regular times cost: the same constant value, once a second. */
const regular = new BatchBuilder();
for (let i = 0; i < 60_000; i++) regular.double(i % 8, START + Math.floor(i / 8) * SECOND, 1);
const times = encodeSegment(regular.take(), { effort: 'tight' }).bytes.length;
console.log(`8 series at 1 Hz, constant: ${times} bytes for 60,000 samples`);
