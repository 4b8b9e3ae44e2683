import type { Yardstick } from './yardstick.ts';

export const rename: Yardstick = {
  config: [{ from: 'lab/*/temperature', to: 'site/{1}/t' }],
  path: (input, series) => input(series).replace(/^lab\/(.*)\/temperature$/, 'site/$1/t'),
  loop: (series) => {
    const targets = Uint32Array.from({ length: series }, (_, id) => id);
    return (rows) => {
      const { length, series } = rows;
      const renamed = new Uint32Array(length);
      for (let row = 0; row < length; row++) renamed[row] = targets[series[row]];
      return { ...rows, series: renamed };
    };
  },
};
