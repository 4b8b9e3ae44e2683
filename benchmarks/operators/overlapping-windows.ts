import { Written, type Yardstick } from './yardstick.ts';

const EVERY = 5_000_000;
const aggregates = ['mean', 'count'];
const path = (input: (series: number) => string, series: number): string =>
  `${input(series >> 1)}/bench/${aggregates[series & 1]}`;

/** Of two halves each, of which each is the second one of a window and the first one of the next. */
export const hopping: Yardstick = {
  operator: 'window',
  config: { every: '5s', size: '10s', aggregate: aggregates },
  path,
  loop: (series, most) => {
    const written = new Written(most);
    const end = new Float64Array(series).fill(-Infinity);
    const count = new Float64Array(series);
    const sum = new Float64Array(series);
    const countBefore = new Float64Array(series);
    const sumBefore = new Float64Array(series);
    return ({ length, series: ids, time, value }) => {
      for (let row = 0; row < length; row++) {
        const id = ids[row];
        if (time[row] >= end[id]) {
          const all = countBefore[id] + count[id];
          if (all > 0) written.addAll(id, end[id] - 2 * EVERY, [(sumBefore[id] + sum[id]) / all, all]);
          countBefore[id] = count[id];
          sumBefore[id] = sum[id];
          count[id] = 0;
          sum[id] = 0;
          end[id] = Math.floor(time[row] / EVERY) * EVERY + EVERY;
        }
        count[id]++;
        sum[id] += value[row];
      }
      return written.take();
    };
  },
};

/** Of a second: 100 samples. */
const SIZE = 1_000_000;
const KEPT = 128;

/** Each is summed anew, as the operator does: sums that are added to and taken from drift. */
export const sliding: Yardstick = {
  operator: 'window',
  config: { sliding: '1s', aggregate: aggregates },
  path,
  loop: (series, most) => {
    const written = new Written(most * 2);
    const keptTime = new Float64Array(series * KEPT);
    const keptValue = new Float64Array(series * KEPT);
    const had = new Uint32Array(series);
    const first = new Uint32Array(series);
    const to = written.rows;
    return ({ length, series: ids, time, value }) => {
      for (let row = 0; row < length; row++) {
        const id = ids[row];
        const own = id * KEPT;
        const at = own + (had[id]++ % KEPT);
        keptTime[at] = time[row];
        keptValue[at] = value[row];
        while (keptTime[own + (first[id] % KEPT)] <= time[row] - SIZE) first[id]++;
        const count = had[id] - first[id];
        let sum = 0;
        for (let sample = first[id]; sample < had[id]; sample++) sum += keptValue[own + (sample % KEPT)];
        to.series[written.count] = id * 2;
        to.time[written.count] = time[row];
        to.value[written.count++] = sum / count;
        to.series[written.count] = id * 2 + 1;
        to.time[written.count] = time[row];
        to.value[written.count++] = count;
      }
      return written.take();
    };
  },
};
