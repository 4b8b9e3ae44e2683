import type { Yardstick } from './yardstick.ts';

/** The library that knows the units is asked once: what there is to do for each sample is a multiplication and an addition. */
export const convert: Yardstick = {
  config: { to: '[degF]' },
  loop: (series) => {
    const targets = Uint32Array.from({ length: series }, (_, id) => id);
    return (rows) => {
      const { length, series, value } = rows;
      const converted = new Float64Array(length);
      const renamed = new Uint32Array(length);
      for (let row = 0; row < length; row++) {
        converted[row] = value[row] * 1.8 + 32;
        renamed[row] = targets[series[row]];
      }
      return { ...rows, series: renamed, value: converted };
    };
  },
};
