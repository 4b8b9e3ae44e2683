import { EventEmitter } from 'node:events';
import type { Port } from '@sluis/runtime/rpc';
import type { Random } from '../e2e/random.ts';
import type { VirtualTime } from './virtual-time.ts';

/** Between two threads a message mostly takes next to no time, and sometimes as long as a thread is busy. */
const MOSTLY_MS = 0.1;
const BUSY_MS = 40;
const BUSY_ODDS = 1 / 16;

/** Two ends of a message port between threads of the process that makes it: in order, each message after a while. */
export function portPair(time: VirtualTime, random: Random): [Port, Port] {
  const ends = [new EventEmitter(), new EventEmitter()];
  const process = time.current;
  const [a, b] = ends.map((end, i) => {
    const other = ends[1 - i];
    let arrival = 0;
    const postMessage = (message: unknown): void => {
      const takes = random.next() < BUSY_ODDS ? random.next() * BUSY_MS : MOSTLY_MS;
      arrival = Math.max(arrival, time.now + takes);
      time.after(arrival - time.now, () => other.emit('message', message), process);
    };
    return Object.assign(end, { postMessage });
  });
  return [a, b];
}
