import type { Yardstick } from './yardstick.ts';

const UNCERTAIN = 1;

export const clamp: Yardstick = {
  config: { min: 249.8, max: 250.2 },
  loop: () => (rows) => {
    const { length, value, quality } = rows;
    const values = new Float64Array(length);
    const qualities = new Uint8Array(length);
    for (let row = 0; row < length; row++) {
      const v = value[row];
      const clamped = v < 249.8 ? 249.8 : v > 250.2 ? 250.2 : v;
      values[row] = clamped;
      qualities[row] = clamped === v ? quality[row] : Math.max(quality[row], UNCERTAIN);
    }
    return { ...rows, value: values, quality: qualities };
  },
};
