import { Written, type Yardstick } from './yardstick.ts';

const LENGTH = 50_000;

export const sample: Yardstick = {
  config: '50ms',
  loop: (series, most) => {
    const written = new Written(most);
    const end = new Float64Array(series).fill(Infinity);
    const lastTime = new Float64Array(series).fill(Number.NaN);
    const lastValue = new Float64Array(series);
    const lastQuality = new Uint8Array(series);
    return ({ length, series, time, value, quality }) => {
      const to = written.rows;
      let count = 0;
      for (let row = 0; row < length; row++) {
        const id = series[row];
        if (time[row] >= end[id]) {
          to.series[count] = id;
          to.time[count] = lastTime[id];
          to.value[count] = lastValue[id];
          to.quality[count] = lastQuality[id];
          count++;
          end[id] = Infinity;
        }
        if (end[id] === Infinity) end[id] = Math.floor(time[row] / LENGTH) * LENGTH + LENGTH;
        lastTime[id] = time[row];
        lastValue[id] = value[row];
        lastQuality[id] = quality[row];
      }
      written.count = count;
      return written.take();
    };
  },
};
