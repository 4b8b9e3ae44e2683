import { renderBlocks, type LinesOptions } from '../load/lines.ts';
import { DEADBAND, EVERY, WHERE_BELOW, type Window } from './peer.ts';

/** A sample as the generator sends it. */
export interface Line {
  readonly machine: string;
  readonly value: number;
}

/** Reads the lines of one round of the generator; those behind it repeat. */
export function linesOf(options: LinesOptions): Line[] {
  const text = renderBlocks(options)
    .map(({ bytes }) => bytes.toString('latin1'))
    .join('');
  return Array.from(text.matchAll(/,machine=(\w+) value=(\S+) /g), ([, machine, value]) => ({
    machine,
    value: Number(value),
  }));
}

/** What the generator was told. */
interface Sending {
  readonly samples: number;
  /** Lines that share a time. */
  readonly slice: number;
  /** µs of the first slice, and from one to the next. */
  readonly first: number;
  readonly step: number;
}

interface Open extends Window {
  sum: number;
}

/**
 * The windows that are closed by samples which pass, of `samples` lines in slices that share a time: the plainest code that
 * could be right. Times rise, so that a window is closed by the first sample behind it.
 */
export function windowsOf(
  lines: readonly Line[],
  { samples, slice, first, step, deadband = DEADBAND }: Sending & { deadband?: number },
): Window[] {
  const closed: Window[] = [];
  const passed = new Map<string, number>();
  const open = new Map<string, { -readonly [key in keyof Open]: Open[key] }>();
  for (let i = 0; i < samples; i++) {
    const { machine, value } = lines[i % lines.length];
    const last = passed.get(machine);
    if (!(value < WHERE_BELOW) || (last !== undefined && !(Math.abs(value - last) > deadband))) continue;
    passed.set(machine, value);
    const time = first + Math.floor(i / slice) * step;
    const start = time - (time % EVERY);
    const current = open.get(machine);
    if (current?.start === start) {
      current.count++;
      current.sum += value;
      current.mean = current.sum / current.count;
      current.min = Math.min(current.min, value);
      current.max = Math.max(current.max, value);
      continue;
    }
    if (current) closed.push(current);
    open.set(machine, { machine, start, count: 1, sum: value, mean: value, min: value, max: value });
  }
  return closed;
}

export interface Comparison {
  readonly right: number;
  /** Others than the reference has, or with other numbers. */
  readonly wrong: number;
}

/** Relative, for means that were added up in another order or written with fewer digits. */
const TOLERANCE = 1e-9;

export function compare(found: readonly Window[], expected: readonly Window[]): Comparison {
  const reference = new Map(expected.map((window) => [keyOf(window), window]));
  let right = 0;
  for (const window of found) {
    const other = reference.get(keyOf(window));
    if (other && isSame(window, other)) right++;
    reference.delete(keyOf(window));
  }
  return { right, wrong: found.length - right };
}

function keyOf({ machine, start }: Window): string {
  return `${machine} ${start}`;
}

function isSame(a: Window, b: Window): boolean {
  const near = (x: number, y: number): boolean => Math.abs(x - y) <= TOLERANCE * Math.max(1, Math.abs(y));
  return a.count === b.count && near(a.mean, b.mean) && near(a.min, b.min) && near(a.max, b.max);
}
