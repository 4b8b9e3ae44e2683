import { statesOf } from './input.ts';
import { Written, type Yardstick } from './yardstick.ts';

const EVERY = 10_000_000;
/** Samples of a series that are kept: as many as the operator keeps of so many series. A power of two. */
const KEPT = 256;
/** Windows whose times may still change: the open one, and those that have closed within a minute, as for the operator. */
const WINDOWS = 8;
/** Rows of a call may lead to so many results each. */
const MOST_RESULTS = 4;
const names = ['false', 'true'];

/**
 * As results change with late samples, the loop has to keep what they may concern: of each series the newest samples in order of
 * time, and its times in windows that have closed.
 */
export const durations: Yardstick = {
  config: { every: '10s' },
  shape: statesOf(50),
  path: (input, series) => `${input(series >> 1)}/bench/${names[series & 1]}`,
  loop: (series, most) => {
    const written = new Written(most * MOST_RESULTS);
    const to = written.rows;
    const keptTime = new Float64Array(series * KEPT);
    const keptState = new Uint8Array(series * KEPT);
    /** How many samples the series has had, of which the newest are kept, and which window is open. */
    const had = new Uint32Array(series);
    const open = new Int32Array(series);
    const isKnown = new Uint8Array(series * 2);
    /** µs in each state, by window. */
    const spent = new Float64Array(series * 2 * WINDOWS);
    const placeOf = (id: number, sample: number): number => id * KEPT + (sample % KEPT);
    const spentIn = (id: number, state: number, window: number): number =>
      (id * 2 + state) * WINDOWS + (window & (WINDOWS - 1));

    const emit = (id: number, state: number, window: number): void => {
      to.series[written.count] = id * 2 + state;
      to.time[written.count] = window * EVERY;
      to.value[written.count] = spent[spentIn(id, state, window)] / 1e6;
      written.count++;
    };
    const close = (id: number): void => {
      const window = open[id]++;
      for (const state of [0, 1]) {
        if (isKnown[id * 2 + state] === 1) emit(id, state, window);
        spent[spentIn(id, state, window + 1)] = 0;
      }
    };
    /** Adds [from, until) to the time in a state, or takes it back. */
    const revise = (id: number, state: number, from: number, until: number, sign: 1 | -1): void => {
      for (let window = Math.floor(from / EVERY); window * EVERY < until; window++) {
        if (window <= open[id] - WINDOWS) continue;
        const length = Math.min(until, (window + 1) * EVERY) - Math.max(from, window * EVERY);
        spent[spentIn(id, state, window)] += sign * length;
        if (window < open[id]) emit(id, state, window);
      }
    };
    /** Puts a late sample, or a correction, into its place. What is older than all that are kept is left out. */
    const addLate = (id: number, at: number, state: number): void => {
      const count = had[id];
      const oldest = Math.max(0, count - KEPT + 1);
      let sample = count - 1;
      while (sample >= oldest && keptTime[placeOf(id, sample)] > at) sample--;
      if (sample < oldest && oldest > 0) return;
      isKnown[id * 2 + state] = 1;
      if (sample + 1 < count) {
        const until = keptTime[placeOf(id, sample + 1)];
        if (sample >= oldest) revise(id, keptState[placeOf(id, sample)], at, until, -1);
        revise(id, state, at, until, 1);
      }
      if (sample < oldest || keptTime[placeOf(id, sample)] < at) {
        had[id]++;
        for (let i = count; i > sample + 1; i--) {
          keptTime[placeOf(id, i)] = keptTime[placeOf(id, i - 1)];
          keptState[placeOf(id, i)] = keptState[placeOf(id, i - 1)];
        }
        sample++;
      }
      keptTime[placeOf(id, sample)] = at;
      keptState[placeOf(id, sample)] = state;
    };

    return ({ length, series, time, value }) => {
      for (let row = 0; row < length; row++) {
        const id = series[row];
        const at = time[row];
        const count = had[id];
        if (count === 0) open[id] = Math.floor(at / EVERY);
        else {
          const newest = id * KEPT + ((count - 1) % KEPT);
          let since = keptTime[newest];
          if (at <= since) {
            addLate(id, at, value[row]);
            continue;
          }
          const state = keptState[newest];
          for (let end = (open[id] + 1) * EVERY; at >= end; end += EVERY) {
            spent[spentIn(id, state, open[id])] += end - since;
            since = end;
            close(id);
          }
          spent[spentIn(id, state, open[id])] += at - since;
        }
        const place = id * KEPT + (count % KEPT);
        keptTime[place] = at;
        keptState[place] = value[row];
        had[id] = count + 1;
        isKnown[id * 2 + value[row]] = 1;
      }
      return written.take();
    };
  },
};
