import { once } from 'node:events';
import { connect } from 'node:net';

/*
 * Sends line protocol over TCP as fast as it is taken: random walks of some series, from a time on at even steps. A
 * program of its own, so that whoever measures does not share its event loop.
 *
 *   node benchmarks/send-lines.ts PORT SAMPLES SERIES START_US STEP_US     prints how many were handed over, as it goes
 */

const [port, samples, series, start, step] = process.argv.slice(2).map(Number);
/** Lines are written so many at a time. */
const LINES = 10_000;
const PROGRESS_MS = 2_000;

const names = Array.from({ length: series }, (_, i) => `backlog,machine=m${i} value=`);
const levels = new Float64Array(series).fill(20);
const socket = connect({ host: '127.0.0.1', port });
await once(socket, 'connect');
socket.resume();
let said = performance.now();
for (let sent = 0; sent < samples;) {
  const lines: string[] = [];
  for (const end = Math.min(samples, sent + LINES); sent < end; sent++) {
    const i = sent % series;
    levels[i] += (Math.random() - 0.5) / 5;
    lines.push(`${names[i]}${levels[i].toFixed(2)} ${start + Math.floor(sent / series) * step}000\n`);
  }
  if (!socket.write(lines.join(''))) await once(socket, 'drain');
  if (performance.now() - said < PROGRESS_MS) continue;
  said = performance.now();
  console.log(sent);
}
socket.end();
await once(socket, 'close');
