import { binOf, valueOf } from '../../packages/edge-agent/src/operators/window/quantiles.ts';
import { Written, type Yardstick } from './yardstick.ts';

const EVERY = 10_000_000;
const shares = [0.5, 0.99];

/** The sketch's bins, counted in a map for each series; no quantile is beyond the extremes. */
export const quantiles: Yardstick = {
  operator: 'window',
  config: { every: '10s', aggregate: ['p50', 'p99'] },
  path: (input, series) => `${input(series >> 1)}/bench/${['p50', 'p99'][series & 1]}`,
  loop: (series, most) => {
    const written = new Written(most);
    const end = new Float64Array(series).fill(-Infinity);
    const count = new Float64Array(series);
    const min = new Float64Array(series).fill(Infinity);
    const max = new Float64Array(series).fill(-Infinity);
    const bins = Array.from({ length: series }, () => new Map<number, number>());
    return ({ length, series: ids, time, value }) => {
      for (let row = 0; row < length; row++) {
        const id = ids[row];
        const own = bins[id];
        if (time[row] >= end[id]) {
          if (own.size > 0) {
            const sorted = [...own].sort(([a], [b]) => a - b);
            const found = shares.map((share) => quantileOf(sorted, share * count[id]));
            const within = found.map((value) => Math.min(Math.max(value, min[id]), max[id]));
            written.addAll(id, end[id] - EVERY, within);
          }
          end[id] = Math.floor(time[row] / EVERY) * EVERY + EVERY;
          count[id] = 0;
          min[id] = Infinity;
          max[id] = -Infinity;
          own.clear();
        }
        count[id]++;
        if (value[row] < min[id]) min[id] = value[row];
        if (value[row] > max[id]) max[id] = value[row];
        const bin = binOf(value[row]);
        own.set(bin, (own.get(bin) ?? 0) + 1);
      }
      return written.take();
    };
  },
};

function quantileOf(sorted: readonly (readonly [number, number])[], rank: number): number {
  let passed = 0;
  for (const [bin, count] of sorted) {
    passed += count;
    if (passed >= rank) return valueOf(bin);
  }
  return Number.NaN;
}
