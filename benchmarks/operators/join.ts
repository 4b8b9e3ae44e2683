import { Written, type Yardstick } from './yardstick.ts';

/** Samples of a series that are kept: as many as the operator keeps of so many series. A power of two. */
const KEPT = 512;
/** Rows of a call may lead to so many results each, where samples are late. */
const MOST_RESULTS = 2;

const bothOf = (series: number): string => `lab/m${series >> 1}/${series % 2 === 0 ? 'current' : 'voltage'}`;
const powerOf = (input: (series: number) => string, series: number): string => `${input(series)}/bench/power`;
const config = { left: 'lab/*/current', right: 'lab/*/voltage', emit: { power: 'left * right' } };

export const join: Yardstick = { config, name: bothOf, path: powerOf, loop: joinWithin(Infinity) };

/** With the right one of the very same time: so what windows have found is joined. */
export const joinOfOneTime: Yardstick = {
  operator: 'join',
  config: { ...config, tolerance: '0s' },
  name: bothOf,
  path: powerOf,
  loop: joinWithin(0),
};

/**
 * Each second series is the right one of the one before it, whose samples come first. As results of late samples are due, the loop
 * has to keep what they may concern: of each series the newest samples in order of time, of a left one also how many are joined.
 */
function joinWithin(tolerance: number): Yardstick['loop'] {
  return (series, most) => {
    const written = new Written(most * MOST_RESULTS);
    const to = written.rows;
    const keptTime = new Float64Array(series * KEPT);
    const keptValue = new Float64Array(series * KEPT);
    /** How many samples the series has had, of which the newest are kept, and how many of them are joined. */
    const had = new Uint32Array(series);
    const joined = new Uint32Array(series);
    const placeOf = (id: number, sample: number): number => id * KEPT + (sample % KEPT);

    const emit = (left: number, place: number, right: number): void => {
      to.series[written.count] = left;
      to.time[written.count] = keptTime[place];
      to.value[written.count] = keptValue[place] * right;
      written.count++;
    };
    /** Joins a left sample with the newest right one that is not later, wherever that is. */
    const joinAnywhere = (left: number, sample: number): void => {
      const place = placeOf(left, sample);
      const right = left + 1;
      for (let i = had[right] - 1; i >= Math.max(0, had[right] - KEPT); i--) {
        const age = keptTime[place] - keptTime[placeOf(right, i)];
        if (age < 0) continue;
        if (age <= tolerance) emit(left, place, keptValue[placeOf(right, i)]);
        return;
      }
    };
    /** Puts a late sample into its place, and joins what it concerns. What is older than all that are kept is left out. */
    const addLate = (id: number, time: number, value: number): void => {
      let sample = had[id] - 1;
      const oldest = Math.max(0, had[id] - KEPT + 1);
      if (time < keptTime[placeOf(id, oldest)]) return;
      had[id]++;
      for (; keptTime[placeOf(id, sample)] > time; sample--) {
        keptTime[placeOf(id, sample + 1)] = keptTime[placeOf(id, sample)];
        keptValue[placeOf(id, sample + 1)] = keptValue[placeOf(id, sample)];
      }
      keptTime[placeOf(id, sample + 1)] = time;
      keptValue[placeOf(id, sample + 1)] = value;
      if (id % 2 === 0) {
        if (sample + 1 >= joined[id]) return;
        joined[id]++;
        return joinAnywhere(id, sample + 1);
      }
      const left = id - 1;
      const until = keptTime[placeOf(id, sample + 2)];
      for (let i = joined[left] - 1; i >= 0 && keptTime[placeOf(left, i)] >= time; i--) {
        const at = keptTime[placeOf(left, i)];
        if (at < until && at - time <= tolerance) emit(left, placeOf(left, i), value);
      }
    };

    return ({ length, series, time, value }) => {
      for (let row = 0; row < length; row++) {
        const id = series[row];
        const own = had[id];
        const before = id * KEPT + ((own - 1) % KEPT);
        if (own > 0 && time[row] <= keptTime[before]) {
          addLate(id, time[row], value[row]);
          continue;
        }
        const place = id * KEPT + (own % KEPT);
        keptTime[place] = time[row];
        keptValue[place] = value[row];
        had[id] = own + 1;
        if (id % 2 === 0) {
          // No more are kept: the oldest one waits no longer.
          if (own - joined[id] >= KEPT - 1) joinAnywhere(id, joined[id]++);
          continue;
        }
        const left = id - 1;
        let next = joined[left];
        for (; next < had[left]; next++) {
          const at = left * KEPT + (next % KEPT);
          if (keptTime[at] > time[row]) break;
          const isBefore = keptTime[at] < time[row];
          if (isBefore && (own === 0 || keptTime[at] - keptTime[before] > tolerance)) continue;
          to.series[written.count] = left;
          to.time[written.count] = keptTime[at];
          to.value[written.count] = keptValue[at] * (isBefore ? keptValue[before] : value[row]);
          written.count++;
        }
        joined[left] = next;
      }
      return written.take();
    };
  };
}
