import { plainColumns } from '@sluis/protocol';
import type { Yardstick } from './yardstick.ts';

export const integrate: Yardstick = {
  config: { per: '1h' },
  path: (input, series) => `${input(series)}/bench/integral`,
  loop: (series) => {
    const lastTime = new Float64Array(series).fill(Number.NaN);
    const lastValue = new Float64Array(series);
    const total = new Float64Array(series);
    return (rows) => {
      const { length, series, time, value } = rows;
      const to = plainColumns(length);
      for (let row = 0; row < length; row++) {
        const id = series[row];
        const elapsed = time[row] - lastTime[id];
        if (elapsed > 0) total[id] += ((value[row] + lastValue[id]) / 2) * (elapsed / 3.6e9);
        lastTime[id] = time[row];
        lastValue[id] = value[row];
        to.series[row] = id;
        to.time[row] = time[row];
        to.value[row] = total[id];
      }
      return to;
    };
  },
};
