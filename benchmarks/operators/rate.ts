import { plainColumns, sliceRows } from '@sluis/protocol';
import type { Yardstick } from './yardstick.ts';

export const rate: Yardstick = {
  config: { per: '1s' },
  path: (input, series) => `${input(series)}/bench/rate`,
  loop: (series) => {
    const lastTime = new Float64Array(series).fill(Number.NaN);
    const lastValue = new Float64Array(series);
    return (rows) => {
      const { length, series, time, value } = rows;
      const to = plainColumns(length);
      let count = 0;
      for (let row = 0; row < length; row++) {
        const id = series[row];
        const elapsed = time[row] - lastTime[id];
        if (elapsed > 0) {
          to.series[count] = id;
          to.time[count] = time[row];
          to.value[count] = (value[row] - lastValue[id]) / (elapsed / 1e6);
          count++;
        }
        lastTime[id] = time[row];
        lastValue[id] = value[row];
      }
      return sliceRows(to, 0, count);
    };
  },
};
