import { open } from 'node:fs/promises';
import { createServer } from 'node:net';

/*
 * A yardstick: the least that a program on Node does which receives lines over TCP and keeps them. It counts their ends,
 * writes them to a file as they are and calls fdatasync, at most twice a second, as the agent does for lines over TCP.
 *
 *   node benchmarks/load/line-sink.ts FILE     over IPC: tells its port, then how many lines are durable
 *
 * and how old (ms) the last line of each chunk was by then, if its time is a clock's.
 */

const SYNC_MS = 500;
/** By which the timer may be due before so long has passed since the end of the last sync. */
const TIMER_MS = 50;
/** Written at once. */
const WRITE_BYTES = 1 << 20;
const LINE_END = 10;
/** Digits of the time at the end of a line: ns, of which ms are told. */
const TIME_DIGITS = 19;
const MS_DIGITS = 13;
/** Times told at once: more are left out. */
const MOST_TIMES = 10_000;

const file = await open(process.argv[2], 'a');
let waiting: Buffer[] = [];
let waitingBytes = 0;
let lines = 0;
/** Of the last whole lines of chunks that are not written yet, and of those that are, but not durable. */
let times: number[] = [];
let written: number[] = [];
let writing = Promise.resolve();
let synced = performance.now();

const server = createServer((socket) => {
  socket.on('data', (chunk: Buffer) => {
    for (let i = 0; i < chunk.length; i++) if (chunk[i] === LINE_END) lines++;
    const end = chunk.lastIndexOf(LINE_END);
    if (end >= TIME_DIGITS && times.length < MOST_TIMES) {
      times.push(Number(chunk.toString('latin1', end - TIME_DIGITS, end - TIME_DIGITS + MS_DIGITS)));
    }
    waiting.push(chunk);
    waitingBytes += chunk.length;
    if (waitingBytes < WRITE_BYTES) return;
    socket.pause();
    void flush().then(() => socket.resume());
  });
  socket.once('end', () => socket.end());
});

function flush(): Promise<void> {
  const chunks = waiting;
  const received = lines;
  const arrived = times;
  waiting = [];
  waitingBytes = 0;
  times = [];
  writing = writing.then(async () => {
    if (chunks.length > 0) await file.writev(chunks);
    written = written.concat(arrived).slice(0, MOST_TIMES);
    if (performance.now() - synced < SYNC_MS - TIMER_MS) return;
    await file.datasync();
    synced = performance.now();
    const now = Date.now();
    process.send?.({ durable: received, ages: written.map((time) => now - time) });
    written = [];
  });
  return writing;
}

setInterval(() => void flush(), SYNC_MS);
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as { port: number }).port }));
process.once('disconnect', () => process.exit(0));
