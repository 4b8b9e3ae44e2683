import { statesOf } from './input.ts';
import { Written, type Yardstick } from './yardstick.ts';

const EVERY = 10_000_000;
const names = ['false', 'true'];

export const durations: Yardstick = {
  config: { every: '10s' },
  shape: statesOf(50),
  path: (input, series) => `${input(series >> 1)}/bench/${names[series & 1]}`,
  loop: (series, most) => {
    const written = new Written(most * 2);
    const end = new Float64Array(series).fill(-Infinity);
    const since = new Float64Array(series).fill(Number.NaN);
    const state = new Uint8Array(series);
    const isKnown = new Uint8Array(series * 2);
    const seconds = new Float64Array(series * 2);
    return ({ length, series, time, value }) => {
      const close = (id: number): void => {
        for (const place of [id * 2, id * 2 + 1]) {
          if (isKnown[place] === 0) continue;
          written.rows.series[written.count] = place;
          written.rows.time[written.count] = end[id] - EVERY;
          written.rows.value[written.count] = seconds[place];
          written.count++;
          seconds[place] = 0;
        }
      };
      for (let row = 0; row < length; row++) {
        const id = series[row];
        const at = time[row];
        if (Number.isNaN(since[id])) {
          end[id] = Math.floor(at / EVERY) * EVERY + EVERY;
        } else {
          const place = id * 2 + state[id];
          for (; at >= end[id]; end[id] += EVERY) {
            seconds[place] += (end[id] - since[id]) / 1e6;
            since[id] = end[id];
            close(id);
          }
          seconds[place] += (at - since[id]) / 1e6;
        }
        since[id] = at;
        state[id] = value[row];
        isKnown[id * 2 + state[id]] = 1;
      }
      return written.take();
    };
  },
};
