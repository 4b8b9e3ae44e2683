import { Written, type Yardstick } from './yardstick.ts';

const EVERY = 10_000_000;
const aggregates = ['mean', 'min', 'max', 'count'];

export const window: Yardstick = {
  config: { every: '10s', aggregate: aggregates },
  path: (input, series) =>
    `${input(Math.floor(series / aggregates.length))}/bench/${aggregates[series % aggregates.length]}`,
  loop: (series, most) => {
    const written = new Written(most * aggregates.length);
    const end = new Float64Array(series).fill(-Infinity);
    const count = new Float64Array(series);
    const sum = new Float64Array(series);
    const min = new Float64Array(series);
    const max = new Float64Array(series);
    return ({ length, series, time, value }) => {
      const close = (id: number): void => {
        written.addAll(id, end[id] - EVERY, [sum[id] / count[id], min[id], max[id], count[id]]);
      };
      for (let row = 0; row < length; row++) {
        const id = series[row];
        const v = value[row];
        if (time[row] >= end[id]) {
          if (count[id] > 0) close(id);
          end[id] = Math.floor(time[row] / EVERY) * EVERY + EVERY;
          count[id] = 0;
          sum[id] = 0;
          min[id] = Infinity;
          max[id] = -Infinity;
        }
        count[id]++;
        sum[id] += v;
        if (v < min[id]) min[id] = v;
        if (v > max[id]) max[id] = v;
      }
      return written.take();
    };
  },
};
