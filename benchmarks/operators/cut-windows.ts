import { statesOf, walks } from './input.ts';
import { Written, type Yardstick } from './yardstick.ts';

/** Samples of a window, about: as many as one of 10 s has. */
const SAMPLES = 1_000;
const PAUSE = 50;
/** In samples, which are 10 ms apart. */
const walksWithPauses = { ...walks, place: (sample: number): number => sample + PAUSE * Math.floor(sample / SAMPLES) };
const SESSION = 100_000;
/** Samples in one state, about: in a batch each series begins with the same one. */
const IN_STATE = 200;

export const sessions: Yardstick = {
  operator: 'window',
  config: { session: '100ms', aggregate: ['count', 'mean', 'duration'] },
  shape: walksWithPauses,
  path: (input, series) => `${input(Math.floor(series / 3))}/bench/${['count', 'mean', 'duration'][series % 3]}`,
  loop: (series, most) => {
    const written = new Written(most * 3);
    const first = new Float64Array(series);
    const last = new Float64Array(series);
    const count = new Float64Array(series);
    const sum = new Float64Array(series);
    return ({ length, series: ids, time, value }) => {
      for (let row = 0; row < length; row++) {
        const id = ids[row];
        if (time[row] - last[id] >= SESSION && count[id] > 0) {
          written.addAll(id, first[id], [count[id], sum[id] / count[id], (last[id] - first[id]) / 1e6]);
          count[id] = 0;
          sum[id] = 0;
        }
        if (count[id] === 0) first[id] = time[row];
        count[id]++;
        sum[id] += value[row];
        last[id] = time[row];
      }
      return written.take();
    };
  },
};

export const counts: Yardstick = {
  operator: 'window',
  config: { count: SAMPLES, aggregate: ['mean', 'max'] },
  path: (input, series) => `${input(series >> 1)}/bench/${['mean', 'max'][series & 1]}`,
  loop: (series, most) => {
    const written = new Written(most);
    const first = new Float64Array(series);
    const count = new Uint32Array(series);
    const sum = new Float64Array(series);
    const max = new Float64Array(series);
    return ({ length, series: ids, time, value }) => {
      for (let row = 0; row < length; row++) {
        const id = ids[row];
        const v = value[row];
        if (count[id] === 0) {
          first[id] = time[row];
          sum[id] = 0;
          max[id] = -Infinity;
        }
        sum[id] += v;
        if (v > max[id]) max[id] = v;
        if (++count[id] < SAMPLES) continue;
        written.addAll(id, first[id], [sum[id] / SAMPLES, max[id]]);
        count[id] = 0;
      }
      return written.take();
    };
  },
};

export const windowsOfStates: Yardstick = {
  operator: 'window',
  config: { state: true, aggregate: ['first', 'duration', 'count'] },
  shape: statesOf(IN_STATE),
  path: (input, series) => `${input(Math.floor(series / 3))}/bench/${['first', 'duration', 'count'][series % 3]}`,
  loop: (series, most) => {
    const written = new Written(most * 3);
    const first = new Float64Array(series);
    const count = new Float64Array(series);
    const state = new Float64Array(series);
    return ({ length, series: ids, time, value }) => {
      for (let row = 0; row < length; row++) {
        const id = ids[row];
        if (value[row] !== state[id] || count[id] === 0) {
          if (count[id] > 0) written.addAll(id, first[id], [state[id], (time[row] - first[id]) / 1e6, count[id]]);
          state[id] = value[row];
          first[id] = time[row];
          count[id] = 0;
        }
        count[id]++;
      }
      return written.take();
    };
  },
};
