import type { Window } from './expectations.ts';
import type { Samples, Value } from './ledger.ts';

export interface Comparison {
  stored: number;
  missing: number;
  extra: number;
}

/** Compares bit by bit; the times of both rise. */
export function compare(expected: Samples, stored: Samples): Comparison {
  const at = new Map<number, Value>();
  for (let row = 0; row < expected.times.length; row++) at.set(expected.times[row], expected.values[row]);
  let extra = 0;
  for (let row = 0; row < stored.times.length; row++) {
    const value = at.get(stored.times[row]);
    if (value === undefined) extra++;
    else if (Object.is(value, stored.values[row])) at.delete(stored.times[row]);
  }
  return { stored: stored.times.length, missing: at.size, extra };
}

export function add(sum: Comparison, { stored, missing, extra }: Comparison): void {
  sum.stored += stored;
  sum.missing += missing;
  sum.extra += extra;
}

/** A mean may differ by the order of its summands. */
const MEAN_TOLERANCE = 1e-9;

/** What the hub has of a window. */
export type StoredWindow = Partial<Record<keyof Window, Value>>;

/** Windows that are absent or differ, and windows that should not be. */
export function wrongWindows(expected: readonly Window[], stored: ReadonlyMap<number, StoredWindow>): number {
  const right = expected.filter((window) => isRight(window, stored.get(window.start))).length;
  const unexpected = stored.size - expected.filter(({ start }) => stored.has(start)).length;
  return expected.length - right + unexpected;
}

function isRight({ count, mean, min, max }: Window, stored: StoredWindow = {}): boolean {
  return (
    stored.count === count &&
    Object.is(stored.min, min) &&
    Object.is(stored.max, max) &&
    Math.abs(Number(stored.mean) - mean) <= MEAN_TOLERANCE * Math.abs(mean)
  );
}
