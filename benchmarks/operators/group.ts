import { Written, type Yardstick } from './yardstick.ts';

const EVERY = 10_000_000;
const MEMBERS = 10;
const aggregates = ['sum', 'count'];

/** Ten series each are a line. */
export const group: Yardstick = {
  config: { by: 'lab/*/*/power', as: 'lab/{1}/power', every: '10s', aggregate: aggregates },
  name: (series) => `lab/line${Math.floor(series / MEMBERS)}/m${series % MEMBERS}/power`,
  path: (_, series) => `lab/line${series >> 1}/power/bench/${aggregates[series & 1]}`,
  loop: (series, most) => {
    const written = new Written(most);
    /** Of the window before, and of the one that each series is in. */
    const before = new Float64Array(series);
    const last = new Float64Array(series);
    const end = new Float64Array(series).fill(-Infinity);
    const beyond = new Uint32Array(series / MEMBERS);
    return ({ length, series, time, value }) => {
      const close = (line: number, start: number): void => {
        let sum = 0;
        for (let id = line * MEMBERS; id < (line + 1) * MEMBERS; id++) sum += before[id];
        written.addAll(line, start, [sum, MEMBERS]);
      };
      for (let row = 0; row < length; row++) {
        const id = series[row];
        if (time[row] >= end[id]) {
          const isFirst = end[id] === -Infinity;
          end[id] = Math.floor(time[row] / EVERY) * EVERY + EVERY;
          before[id] = last[id];
          const line = Math.floor(id / MEMBERS);
          if (!isFirst && ++beyond[line] === MEMBERS) {
            beyond[line] = 0;
            close(line, end[id] - 2 * EVERY);
          }
        }
        last[id] = value[row];
      }
      return written.take();
    };
  },
};
