import { INTERVAL, walksWithGaps } from './input.ts';
import { Written, type Yardstick } from './yardstick.ts';

const UNCERTAIN = 1;

export const fill: Yardstick = {
  config: { every: '10ms', with: 'previous' },
  shape: walksWithGaps,
  loop: (series, most) => {
    const written = new Written(most * 4);
    const lastTime = new Float64Array(series).fill(Number.NaN);
    const lastValue = new Float64Array(series);
    return ({ length, series, time, value, quality }) => {
      const to = written.rows;
      let count = 0;
      for (let row = 0; row < length; row++) {
        const id = series[row];
        for (let at = lastTime[id] + INTERVAL; at < time[row]; at += INTERVAL) {
          to.series[count] = id;
          to.time[count] = at;
          to.value[count] = lastValue[id];
          to.quality[count] = UNCERTAIN;
          count++;
        }
        lastTime[id] = time[row];
        lastValue[id] = value[row];
        to.series[count] = id;
        to.time[count] = time[row];
        to.value[count] = value[row];
        to.quality[count] = quality[row];
        count++;
      }
      written.count = count;
      return written.take();
    };
  },
};
