import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { Latencies } from '../measure/latency.ts';
import { type LoadDone, ROWS, SPACING, START } from './samples.ts';

/** For the last samples to arrive. */
const FOLLOW_ON_MS = 2_000;

/** Asks again and again until a time of `performance.now()`, with a pause after each answer. */
export async function askUntil(end: number, everyMs: number, address: () => string): Promise<Latencies> {
  const times = new Latencies();
  while (performance.now() < end) {
    times.add((await ask(address())).ms);
    await pause(everyMs);
  }
  return times;
}

/** From the question to the last byte of its answer. @throws Error there is none */
export async function ask(address: string): Promise<{ ms: number; bytes: number }> {
  const asked = performance.now();
  const response = await fetch(address);
  const { byteLength: bytes } = await response.arrayBuffer();
  if (!response.ok || bytes === 0) throw new Error(`${address}: ${response.status}`);
  return { ms: performance.now() - asked, bytes };
}

/** The time of the newest sample that a page was shown, and when that was (ms since 1970). */
interface Shown {
  readonly time: number;
  readonly at: number;
}

/** What a page gets of one series until a time of `performance.now()`, and somewhat longer. */
export async function follow(url: string, path: string, end: number): Promise<Shown[]> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/api/v1/live`);
  const shown: Shown[] = [];
  socket.addEventListener('message', ({ data }) => {
    const { points } = JSON.parse(String(data)) as { points: [number, number][] };
    shown.push({ time: Math.max(...points.map(([, time]) => time)), at: Date.now() });
  });
  await once(socket, 'open');
  socket.send(JSON.stringify({ subscribe: path }));
  await pause(end - performance.now() + FOLLOW_ON_MS);
  socket.close();
  return shown;
}

/** From the sending of a segment to the first page that shows its last sample; of what was never shown nothing. */
export function lags(sent: LoadDone['sent'], shown: readonly Shown[]): Latencies {
  const found = sent.flatMap(({ sequence, at }) => {
    const last = START + ((sequence + 1) * ROWS - 1) * SPACING;
    const seen = shown.find(({ time }) => time >= last);
    return seen ? [seen.at - at] : [];
  });
  return Latencies.of(found);
}
