import { picked, type Yardstick } from './yardstick.ts';

export const deadband: Yardstick = {
  config: 0.05,
  loop: (series, most) => {
    const kept = new Uint32Array(most);
    const last = new Float64Array(series).fill(Number.NaN);
    return (rows) => {
      const { length, series, value } = rows;
      let count = 0;
      for (let row = 0; row < length; row++) {
        const id = series[row];
        if (Math.abs(value[row] - last[id]) <= 0.05) continue;
        last[id] = value[row];
        kept[count++] = row;
      }
      return picked(rows, kept, count);
    };
  },
};
