import type { Window } from './peer.ts';

/** A window as a JSON object a line, `start` in µs; more members are ignored, and a number may be text. */
export function readJsonWindow(line: string): Window {
  const members = JSON.parse(line) as Record<string, unknown>;
  const { machine } = members;
  const [start, mean, min, max, count] = ['start', 'mean', 'min', 'max', 'count'].map((name) => Number(members[name]));
  if (typeof machine !== 'string' || !Number.isFinite(start + mean + min + max + count)) {
    throw new Error(`"${line}" is no window`);
  }
  return { machine, start, mean, min, max, count };
}
