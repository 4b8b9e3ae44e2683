import type { Window } from './peer.ts';

/** A window as flows and configurations of ours write it: `machine,start,mean,min,max,count`, start in µs. */
export function readCsvWindow(line: string): Window {
  const [machine, ...numbers] = line.split(',');
  const [start, mean, min, max, count] = numbers.map(Number);
  if (numbers.length !== 5 || !Number.isInteger(count)) throw new Error(`"${line}" is no window`);
  return { machine, start, mean, min, max, count };
}
