import type { Samples } from './ledger.ts';

/*
 * What the streams of agent.yaml must make of what was sent, computed from the ledger and without any of the agent's
 * code. Change a stream there and its counterpart here.
 */

/** Stream "windows": `[start, start + every)` in µs since 1970. */
export const WINDOW_US = 2_000_000;

export interface Window {
  readonly start: number;
  readonly count: number;
  readonly mean: number;
  readonly min: number;
  readonly max: number;
}

/** The windows that a later sample of the series has closed, in order; none of text. */
export function windowsOf({ times, values }: Samples): Window[] {
  const windows: Window[] = [];
  let within: number[] = [];
  let start = Number.NaN;
  values.forEach((value, row) => {
    if (typeof value !== 'number') return;
    const current = Math.floor(times[row] / WINDOW_US) * WINDOW_US;
    if (current !== start) {
      if (within.length > 0) windows.push({ start, ...summary(within) });
      start = current;
      within = [];
    }
    within.push(value);
  });
  return windows;
}

function summary(values: readonly number[]): Omit<Window, 'start'> {
  return {
    count: values.length,
    mean: values.reduce((sum, value) => sum + value, 0) / values.length,
    min: values.reduce((least, value) => Math.min(least, value)),
    max: values.reduce((most, value) => Math.max(most, value)),
  };
}

const LOADED_KW = 10;
const DEADBAND_KW = 0.5;

/** Path of the series that the stream "load" makes of one that was sent. */
export function loadPath(path: string): string {
  const [site, ...levels] = path.split('/');
  return [site, 'load', ...levels].join('/');
}

/** Stream "load": a drive's power while it works, where it has changed by more than the deadband. */
export function loadOf(path: string, { times, values }: Samples): Samples {
  const rows: number[] = [];
  let last = Number.NaN;
  values.forEach((value, row) => {
    if (typeof value !== 'number' || !path.endsWith('/power') || !(value > LOADED_KW)) return;
    if (Math.abs(value - last) <= DEADBAND_KW) return;
    last = value;
    rows.push(row);
  });
  return { times: rows.map((row) => times[row]), values: rows.map((row) => values[row]) };
}

/** How many samples the hub must have in the end, by series: one series for each kind that there is. */
export function expectedCounts(sent: ReadonlyMap<string, Samples>): Map<string, number> {
  return new Map(
    [...sent].flatMap(([path, samples]): [string, number][] => [
      [path, samples.times.length],
      [loadPath(path), loadOf(path, samples).times.length],
      [`${path}/windows/count`, windowsOf(samples).length],
    ]),
  );
}
