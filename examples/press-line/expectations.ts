import type { Samples } from './ledger.ts';

/*
 * What the streams of agent.yaml must make of what was sent, computed from the ledger and without any of the agent's
 * code. Change a stream there and its counterpart here.
 */

/** `[start, start + every)` in µs since 1970. */
export const WINDOW_US = 2_000_000;

export interface Window {
  readonly start: number;
  readonly count: number;
  readonly mean: number;
  readonly min: number;
  readonly max: number;
}

/** The windows that a later sample of the series has closed, in order. Times rise. */
export function windowsOf({ times, values }: Samples): Window[] {
  const windows: Window[] = [];
  let from = 0;
  for (let row = 0; row < times.length; row++) {
    const start = startOf(times[from]);
    if (startOf(times[row]) === start) continue;
    windows.push({ start, ...summary(values.subarray(from, row)) });
    from = row;
  }
  return windows;
}

function startOf(time: number): number {
  return Math.floor(time / WINDOW_US) * WINDOW_US;
}

function summary(values: Float64Array): Omit<Window, 'start'> {
  return {
    count: values.length,
    mean: values.reduce((sum, value) => sum + value, 0) / values.length,
    min: values.reduce((least, value) => Math.min(least, value)),
    max: values.reduce((most, value) => Math.max(most, value)),
  };
}

/** Path of the series that the stream "changes" makes of one that was sent. */
export function changesPath(path: string): string {
  const [site, ...levels] = path.split('/');
  return [site, 'changes', ...levels].join('/');
}

/** Stream "changes": positive, and more than 0.5 away from the last one passed; of what controllers send. */
export function changesOf(path: string, { times, values }: Samples): Samples {
  const rows: number[] = [];
  if (path.includes('/process/')) {
    for (let row = 0; row < times.length; row++) {
      const last = rows.at(-1);
      if (values[row] > 0 && (last === undefined || Math.abs(values[row] - values[last]) > 0.5)) rows.push(row);
    }
  }
  return { times: Float64Array.from(rows, (row) => times[row]), values: Float64Array.from(rows, (row) => values[row]) };
}

/** How many samples the hub must have in the end, by series, of each kind that there is. */
export function expectedCounts(ledger: ReadonlyMap<string, Samples>): Map<string, number> {
  return new Map(
    [...ledger].flatMap(([path, samples]): [string, number][] => [
      [path, samples.times.length],
      [changesPath(path), changesOf(path, samples).times.length],
      [`${path}/windows/count`, windowsOf(samples).length],
    ]),
  );
}
