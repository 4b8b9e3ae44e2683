import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { Order, SendOrder, Sent } from './generator.ts';
import { type Block, renderBlocks, setTime } from './lines.ts';

/*
 * The process of `Generator`: sends line protocol over TCP. Its lines are rendered before the first order to send, so that
 * it leaves the cores to those who are measured.
 */

/** Blocks handed over and not yet taken: a block is not written again meanwhile. */
const UNDER_WAY = 2;
const US_PER_SECOND = 1_000_000;

class LineSender {
  readonly #socket: Socket;
  readonly #slice: number;
  readonly #blocks: readonly Block[];
  /** The slice that comes next, of all. */
  #next = 0;

  constructor(socket: Socket, blocks: readonly Block[], slice: number) {
    this.#socket = socket;
    this.#blocks = blocks;
    this.#slice = slice;
  }

  async send({ samples, rate, times }: SendOrder): Promise<Sent> {
    const cpu = process.cpuUsage();
    const began = performance.now();
    const count = Math.ceil(samples / this.#slice);
    const { bytes, latestMs } =
      rate === undefined ? await this.#fast(count, times) : await this.#paced(count, rate, times);
    const { user, system } = process.cpuUsage(cpu);
    const seconds = (performance.now() - began) / 1000;
    return { samples: count * this.#slice, bytes, seconds, cpuSeconds: (user + system) / US_PER_SECOND, latestMs };
  }

  async #fast(count: number, times: SendOrder['times']): Promise<{ bytes: number; latestMs: number }> {
    if (!times) throw new Error('as fast as possible needs times');
    const underWay: Promise<void>[] = [];
    let bytes = 0;
    for (let done = 0; done < count;) {
      if (underWay.length >= UNDER_WAY) await underWay.shift();
      const part = this.#render(count - done, (i) => times.first + (done + i) * times.step);
      underWay.push(new Promise((resolve) => this.#socket.write(part.bytes, () => resolve())));
      bytes += part.bytes.length;
      done += part.slices;
    }
    await Promise.all(underWay);
    return { bytes, latestMs: 0 };
  }

  async #paced(count: number, rate: number, times: SendOrder['times']): Promise<{ bytes: number; latestMs: number }> {
    const everyMs = (1000 * this.#slice) / rate;
    const firstMs = Date.now() + everyMs;
    const offsetMs = Date.now() - performance.now();
    const first = times?.first ?? firstMs * 1000;
    const step = times?.step ?? everyMs * 1000;
    let bytes = 0;
    let latestMs = 0;
    for (let done = 0; done < count;) {
      const lateMs = performance.now() + offsetMs - (firstMs + done * everyMs);
      if (lateMs < 0) {
        await pause(-lateMs);
        continue;
      }
      latestMs = Math.max(latestMs, lateMs);
      const due = Math.min(count - done, 1 + Math.floor(lateMs / everyMs));
      const part = this.#render(due, (i) => Math.round(first + (done + i) * step));
      if (!this.#socket.write(part.bytes)) await once(this.#socket, 'drain');
      bytes += part.bytes.length;
      done += part.slices;
    }
    return { bytes, latestMs };
  }

  /** The slices that come next: so many, or fewer, where a block ends. */
  #render(most: number, timeOf: (i: number) => number): { bytes: Buffer; slices: number } {
    const line = this.#next * this.#slice;
    const { length } = this.#blocks[0];
    const block = this.#blocks[Math.floor(line / length) % this.#blocks.length];
    const from = line % length;
    const slices = Math.min(most, (length - from) / this.#slice);
    const to = from + slices * this.#slice;
    for (let i = 0; i < slices; i++) {
      const start = from + i * this.#slice;
      setTime(block, { from: start, to: start + this.#slice, time: timeOf(i) });
    }
    this.#next += slices;
    return { bytes: block.bytes.subarray(lineStart(block, from), lineStart(block, to)), slices };
  }
}

/** Where a line begins: behind the end of the one before it. */
function lineStart({ bytes, times }: Block, line: number): number {
  return line === 0 ? 0 : bytes.indexOf('\n', times[line - 1]) + 1;
}

const nothing: Sent = { samples: 0, bytes: 0, seconds: 0, cpuSeconds: 0, latestMs: 0 };
let socket: Socket | undefined;
let sender: LineSender | undefined;

async function carryOut(order: Order): Promise<Sent> {
  if (order.kind === 'connect') {
    const blocks = renderBlocks(order.lines);
    socket = connect({ host: '127.0.0.1', port: order.port });
    await once(socket, 'connect');
    socket.resume();
    sender = new LineSender(socket, blocks, order.lines.slice);
    return nothing;
  }
  if (!socket || !sender) throw new Error('not connected');
  if (order.kind === 'send') return sender.send(order);
  socket.end();
  await once(socket, 'close');
  return nothing;
}

process.once('disconnect', () => process.exit(0));
for (;;) {
  const [order] = (await once(process, 'message')) as [Order];
  process.send?.(await carryOut(order));
}
