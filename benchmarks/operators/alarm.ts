import { BatchBuilder, type Columns } from '@sluis/protocol';
import type { Yardstick } from './yardstick.ts';

/** A loop over what is measured of each sample, NaN where that cannot be told. */
function alarmed(
  measure: (id: number, time: number, value: number) => number,
  { above, deadband, series }: { readonly above: number; readonly deadband: number; readonly series: number },
): (rows: Columns) => Columns {
  const state: (string | undefined)[] = Array.from({ length: series });
  const back = above - deadband;
  return ({ length, series: ids, time, value }) => {
    const changes = new BatchBuilder();
    for (let row = 0; row < length; row++) {
      const id = ids[row];
      const measured = measure(id, time[row], value[row]);
      if (Number.isNaN(measured)) continue;
      const before = state[id];
      if (before === undefined) changes.text(id, time[row], (state[id] = 'NORM'));
      if (measured > above && before !== 'UNACK') changes.text(id, time[row], (state[id] = 'UNACK'));
      if (measured <= back && before === 'UNACK') changes.text(id, time[row], (state[id] = 'RTNUN'));
    }
    return changes.take();
  };
}

const high = { above: 250.4, deadband: 0.3 };

export const alarm: Yardstick = {
  config: { high },
  path: (input, series) => `${input(series)}/bench/high`,
  loop: (series) => alarmed((_, __, value) => value, { ...high, series }),
};

const fast = { above: 15, deadband: 5 };

export const alarmOfRate: Yardstick = {
  operator: 'alarm',
  config: { fast: { rate: '1s', ...fast } },
  path: (input, series) => `${input(series)}/bench/fast`,
  loop: (series) => {
    const lastTime = new Float64Array(series).fill(Number.NaN);
    const lastValue = new Float64Array(series);
    const rateOf = (id: number, time: number, value: number): number => {
      const rate = ((value - lastValue[id]) / (time - lastTime[id])) * 1e6;
      lastTime[id] = time;
      lastValue[id] = value;
      return rate;
    };
    return alarmed(rateOf, { ...fast, series });
  },
};

const odd = { above: 0.4, deadband: 0.2 };
const MEAN_OVER = 1_000_000;

export const alarmOfDeviation: Yardstick = {
  operator: 'alarm',
  config: { odd: { deviation: { mean: '1s' }, ...odd } },
  path: (input, series) => `${input(series)}/bench/odd`,
  loop: (series) => {
    const lastTime = new Float64Array(series).fill(Number.NaN);
    const lastValue = new Float64Array(series);
    const mean = new Float64Array(series).fill(Number.NaN);
    const deviationOf = (id: number, time: number, value: number): number => {
      const weight = Math.exp((lastTime[id] - time) / MEAN_OVER);
      mean[id] = Number.isNaN(mean[id]) ? value : lastValue[id] + (mean[id] - lastValue[id]) * weight;
      lastTime[id] = time;
      lastValue[id] = value;
      return Math.abs(value - mean[id]);
    };
    return alarmed(deviationOf, { ...odd, series });
  },
};
