import { temperatureOf } from './input.ts';
import { picked, type Yardstick } from './yardstick.ts';

/** A tenth of the series, those that end in 7 of them, and of those the good samples. */
export const select: Yardstick = {
  config: { series: 'lab/*7/*', quality: 'good' },
  loop: (series, most) => {
    const kept = new Uint32Array(most);
    const isSelected = Uint8Array.from({ length: series }, (_, id) =>
      /^lab\/[^/]*7\/[^/]*$/.test(temperatureOf(id)) ? 1 : 0,
    );
    return (rows) => {
      const { length, series, quality } = rows;
      let count = 0;
      for (let row = 0; row < length; row++)
        if (isSelected[series[row]] === 1 && quality[row] === 0) kept[count++] = row;
      return picked(rows, kept, count);
    };
  },
};
