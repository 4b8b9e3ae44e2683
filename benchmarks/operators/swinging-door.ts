import { Written, type Yardstick } from './yardstick.ts';

const DEVIATION = 0.1;

export const swingingDoor: Yardstick = {
  config: { deviation: DEVIATION },
  loop: (series, atMost) => {
    const written = new Written(atMost);
    const fromTime = new Float64Array(series).fill(Number.NaN);
    const fromValue = new Float64Array(series);
    const heldTime = new Float64Array(series).fill(Number.NaN);
    const heldValue = new Float64Array(series);
    const least = new Float64Array(series);
    const most = new Float64Array(series);
    return (rows) => {
      const { length, series, time, value } = rows;
      let count = 0;
      const pass = (id: number, at: number, passed: number): void => {
        written.rows.series[count] = id;
        written.rows.time[count] = at;
        written.rows.value[count] = passed;
        count++;
        fromTime[id] = at;
        fromValue[id] = passed;
        least[id] = -Infinity;
        most[id] = Infinity;
      };
      for (let row = 0; row < length; row++) {
        const id = series[row];
        if (Number.isNaN(fromTime[id])) {
          pass(id, time[row], value[row]);
          continue;
        }
        if (heldTime[id] > fromTime[id]) {
          const across = heldTime[id] - fromTime[id];
          least[id] = Math.max(least[id], (heldValue[id] - DEVIATION - fromValue[id]) / across);
          most[id] = Math.min(most[id], (heldValue[id] + DEVIATION - fromValue[id]) / across);
          const slope = (value[row] - fromValue[id]) / (time[row] - fromTime[id]);
          if (slope < least[id] || slope > most[id]) pass(id, heldTime[id], heldValue[id]);
        }
        heldTime[id] = time[row];
        heldValue[id] = value[row];
      }
      written.count = count;
      return written.take();
    };
  },
};
