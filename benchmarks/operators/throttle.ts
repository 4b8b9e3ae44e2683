import { picked, type Yardstick } from './yardstick.ts';

const LENGTH = 50_000;

export const throttle: Yardstick = {
  config: '50ms',
  loop: (series, most) => {
    const kept = new Uint32Array(most);
    const end = new Float64Array(series).fill(-Infinity);
    return (rows) => {
      const { length, series, time } = rows;
      let count = 0;
      for (let row = 0; row < length; row++) {
        const id = series[row];
        if (time[row] < end[id]) continue;
        end[id] = Math.floor(time[row] / LENGTH) * LENGTH + LENGTH;
        kept[count++] = row;
      }
      return picked(rows, kept, count);
    };
  },
};
