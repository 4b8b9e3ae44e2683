import { MAX_INTEGER, TIME_SPLIT, TimeMode, timeUnits } from './layout.ts';
import type { Runs } from './runs.ts';
import { Scratch } from './scratch.ts';
import type { TokenWriter } from './tokens.ts';

const scratch = new Scratch();

/** Times in the greatest unit in which all are whole numbers; the next call takes their memory. */
export interface UnitTimes {
  readonly unit: (typeof timeUnits)[number];
  readonly times: Float64Array;
}

export function inGreatestUnit(time: Float64Array): UnitTimes {
  for (const unit of timeUnits.toReversed()) {
    if (unit === 1) break;
    scratch.reset();
    const times = scratch.doubles(time.length);
    let i = 0;
    for (; i < time.length; i++) {
      const t = Math.floor(time[i] / unit);
      if (t * unit !== time[i]) break;
      times[i] = t;
    }
    if (i === time.length) return { unit, times };
  }
  return { unit: 1, times: time };
}

/** Which mode makes the times of the runs `from` to before `to` small. */
export function timeModeOf(times: Float64Array, { start }: Runs, from: number, to: number): number {
  if (to === from + 1 && from > 0 && sameTimes(times, start, from)) return TimeMode.same;
  let first = 0;
  let second = 0;
  let step = 0;
  let jump = 0;
  for (let run = from; run < to; run++) {
    const previous = run > 0 ? times[start[run - 1]] : 0;
    const i = start[run];
    jump = Math.max(jump, Math.abs(times[i] - previous));
    for (let row = i + 1; row < start[run + 1]; row++) {
      const next = times[row] - times[row - 1];
      first += Math.abs(next);
      // The first step is not held against second differences: its like in the run before may predict it.
      if (row > 1 + start[from]) second += Math.abs(next - step);
      step = next;
    }
  }
  // No step is greater than the sum of all: half of the limit leaves room for the step that a block begins with.
  if (jump >= MAX_INTEGER || first >= MAX_INTEGER / 2) return TimeMode.absolute;
  return second < first ? TimeMode.deltaOfDelta : TimeMode.delta;
}

function sameTimes(times: Float64Array, start: Uint32Array, run: number): boolean {
  const from = start[run];
  const before = start[run - 1];
  const count = start[run + 1] - from;
  if (from - before !== count) return false;
  for (let i = 0; i < count; i++) if (times[from + i] !== times[before + i]) return false;
  return true;
}

/** Puts the times of the runs; `step` is the last difference of a `deltaOfDelta` run before them, and returned anew. */
export function putTimes(
  {
    times,
    runs: { start },
    mode,
    from,
    to,
    step,
  }: { times: Float64Array; runs: Runs; mode: number; from: number; to: number; step: number },
  firsts: TokenWriter,
  rest: TokenWriter,
): number {
  let last = step;
  for (let run = from; run < to; run++) {
    const i = start[run];
    const end = start[run + 1];
    if (mode === TimeMode.same) continue;
    if (mode === TimeMode.absolute) {
      for (let row = i; row < end; row++) {
        const high = Math.floor(times[row] / TIME_SPLIT);
        rest.putSigned(high);
        rest.put(times[row] - high * TIME_SPLIT);
      }
      continue;
    }
    firsts.putSigned(times[i] - (run > 0 ? times[start[run - 1]] : 0));
    if (mode === TimeMode.delta) rest.putDifferences(times, i + 1, end);
    else last = rest.putSecondDifferences(times, i + 1, end, last);
  }
  return last;
}
