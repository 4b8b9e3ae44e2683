import { Written, type Yardstick } from './yardstick.ts';

/** Samples of a series that may wait. */
const WAITING = 1024;

/** Each second series is the right one of the one before it, whose samples come first. */
export const join: Yardstick = {
  config: { left: 'lab/*/current', right: 'lab/*/voltage', emit: { power: 'left * right' } },
  name: (series) => `lab/m${series >> 1}/${series % 2 === 0 ? 'current' : 'voltage'}`,
  path: (input, series) => `${input(series)}/bench/power`,
  loop: (series, most) => {
    const written = new Written(most);
    const waiting = new Uint32Array(series);
    const leftTime = new Float64Array(series * WAITING);
    const leftValue = new Float64Array(series * WAITING);
    const rightTime = new Float64Array(series).fill(-Infinity);
    const rightValue = new Float64Array(series);
    return ({ length, series, time, value }) => {
      const to = written.rows;
      let count = 0;
      let next = 0;
      for (let row = 0; row < length; row++) {
        const id = series[row];
        if (id % 2 === 0) {
          const at = id * WAITING + waiting[id]++;
          leftTime[at] = time[row];
          leftValue[at] = value[row];
          next = 0;
          continue;
        }
        const left = id - 1;
        for (; next < waiting[left]; next++) {
          const at = left * WAITING + next;
          if (leftTime[at] > time[row]) break;
          const isBefore = leftTime[at] < time[row];
          if (isBefore && rightTime[id] === -Infinity) continue;
          to.series[count] = left;
          to.time[count] = leftTime[at];
          to.value[count] = leftValue[at] * (isBefore ? rightValue[id] : value[row]);
          count++;
        }
        if (next === waiting[left]) waiting[left] = next = 0;
        rightTime[id] = time[row];
        rightValue[id] = value[row];
      }
      written.count = count;
      return written.take();
    };
  },
};
