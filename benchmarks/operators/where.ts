import { picked, type Yardstick } from './yardstick.ts';

export const where: Yardstick = {
  config: 'value < 250.0',
  loop: (_, most) => {
    const kept = new Uint32Array(most);
    return (rows) => {
      const { length, value } = rows;
      let count = 0;
      for (let row = 0; row < length; row++) if (value[row] < 250) kept[count++] = row;
      return picked(rows, kept, count);
    };
  },
};
