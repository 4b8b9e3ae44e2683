import { BatchBuilder } from '@sluis/protocol';
import type { Yardstick } from './yardstick.ts';

const ABOVE = 250.4;
const BACK = 250.1;

export const alarm: Yardstick = {
  config: { high: { above: ABOVE, deadband: 0.3 } },
  path: (input, series) => `${input(series)}/bench/high`,
  loop: (series) => {
    const state: (string | undefined)[] = Array.from({ length: series });
    return ({ length, series, time, value }) => {
      const changes = new BatchBuilder();
      for (let row = 0; row < length; row++) {
        const id = series[row];
        const before = state[id];
        if (before === undefined) changes.text(id, time[row], (state[id] = 'NORM'));
        if (value[row] > ABOVE && before !== 'UNACK') changes.text(id, time[row], (state[id] = 'UNACK'));
        if (value[row] <= BACK && before === 'UNACK') changes.text(id, time[row], (state[id] = 'RTNUN'));
      }
      return changes.take();
    };
  },
};
