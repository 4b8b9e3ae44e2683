import { type Server, type Socket, createServer } from 'node:net';
import { type Address, describeError, HandOver, type Source, type SourceContext } from '@sluis/plugin-sdk';
import { letGo } from '@sluis/protocol';
import { listen, listening } from '../listen.ts';
import type { LineProtocolConfig } from './config.ts';
import { KeyCache } from './key-cache.ts';
import { type BadLine, LineReader } from './line-reader.ts';
import { precisions } from '../timestamp.ts';

/** A peer that vanished without a word frees its connection after two minutes: it is probed after one, every 10 s, six times. */
const KEEP_ALIVE = { enable: true, initialDelay: 60_000, interval: 10_000, count: 6 } as const;
const MICROSECONDS_PER_MS = 1_000;
/** How long a stop waits for what was read to become durable. */
const DRAIN_MS = 2_000;

/** The source itself closes a connection. */
class ClosedError extends Error {
  override readonly name = 'ClosedError';
  readonly code: 'IDLE' | 'LIMIT';

  constructor(code: ClosedError['code'], message: string) {
    super(message);
    this.code = code;
  }
}

/**
 * Lines over TCP. Nothing is acknowledged, so what was read is kept until the journal has it, and reading stops while
 * too much is under way: the senders then wait.
 *
 * Where all places are taken, a newcomer gets that of the connection which has been there longest without a line that
 * could be stored. One that has sent such a line keeps its place: to close it would lose what is on its way.
 */
export class TcpLines implements Source {
  readonly #context: SourceContext<LineProtocolConfig>;
  readonly #address: Address;
  readonly #server: Server;
  readonly #handOver: HandOver<LineProtocolConfig>;
  readonly #keys = new KeyCache();
  readonly #connections = new Map<Socket, Promise<void>>();
  /** Those that have sent no line that could be stored, the oldest first. */
  readonly #unproven = new Set<Socket>();
  readonly #stop = new AbortController();
  #opening: Promise<void> | undefined;

  constructor(context: SourceContext<LineProtocolConfig>, address: Address) {
    this.#context = context;
    this.#address = address;
    const recovered = () => context.state('running', listening(this.#server));
    this.#handOver = new HandOver({ context, recovered });
    this.#server = createServer();
    this.#server.on('connection', (socket) => this.#accept(socket));
  }

  async start(): Promise<void> {
    this.#opening = listen(this.#server, { address: this.#address, context: this.#context, signal: this.#stop.signal });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#opening;
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#connections.keys()) socket.destroy();
    this.#handOver.close();
    await Promise.all([closed, ...this.#connections.values()]);
    const lost = await this.#handOver.drain(DRAIN_MS);
    if (lost > 0) {
      this.#context.reject('stopped before durable', lost);
      this.#context.log.warn({ rows: lost }, 'not durable when stopped: lost, as TCP lines are not acknowledged');
    }
    this.#context.state('stopped');
  }

  #accept(socket: Socket): void {
    if (this.#connections.size >= this.#context.config.maxConnections && !this.#makePlace())
      return this.#refuse(socket);
    this.#unproven.add(socket);
    const ended = (): void => {
      this.#connections.delete(socket);
      this.#unproven.delete(socket);
    };
    this.#connections.set(socket, this.#read(socket).finally(ended));
  }

  /** False where each has its place by right. While reading rests none is closed, for it would be held all the same. */
  #makePlace(): boolean {
    const [oldest] = this.#handOver.full ? [] : this.#unproven;
    if (!oldest) return false;
    this.#unproven.delete(oldest);
    this.#refuse(oldest, new ClosedError('LIMIT', 'another connection takes the place of one that sent no good line'));
    return true;
  }

  #refuse(socket: Socket, why?: ClosedError): void {
    this.#context.reject('connection limit', 1, socket.remoteAddress);
    socket.destroy(why);
  }

  async #read(socket: Socket): Promise<void> {
    const { config, site, series } = this.#context;
    socket.setKeepAlive(KEEP_ALIVE);
    if (config.idle !== undefined) this.#closeWhenIdle(socket, config.idle / MICROSECONDS_PER_MS);
    const reader = new LineReader({
      site,
      series,
      keys: this.#keys,
      precision: precisions.ns,
      maxLine: config.maxLine,
      bad: (line) => this.#reject(socket, line),
    });
    try {
      for await (const chunk of socket as AsyncIterable<Buffer>) {
        reader.push(chunk, this.#context.now());
        // The reader keeps none of it. A small chunk may be a part of memory that Node shares.
        if (chunk.length === chunk.buffer.byteLength) letGo(chunk);
        if (this.#pass(reader)) this.#unproven.delete(socket);
        await this.#handOver.room();
      }
      reader.end(this.#context.now());
    } catch (error) {
      reader.abort('the connection broke within the line');
      // What the system says of a connection is its daily life; anything else is a fault of ours.
      const level = error instanceof Error && 'code' in error ? 'debug' : 'error';
      this.#context.log[level]({ err: error }, `a connection broke: ${describeError(error)}`);
    }
    this.#pass(reader);
  }

  #closeWhenIdle(socket: Socket, idleMs: number): void {
    socket.setTimeout(idleMs);
    socket.on('timeout', () => {
      const { bytesRead } = socket;
      // What has come is read before that: a busy agent must not take its own delay for the sender's silence.
      setImmediate(() => {
        // While the source itself does not read, silence says nothing of the sender either.
        const silent = socket.bytesRead === bytesRead && !this.#handOver.full;
        if (silent) socket.destroy(new ClosedError('IDLE', `nothing came for ${idleMs} ms (idle)`));
        else socket.setTimeout(idleMs);
      });
    });
  }

  /** True if there was anything. */
  #pass({ rows }: LineReader): boolean {
    if (rows.length === 0) return false;
    const { bytes } = rows;
    void this.#handOver.add(rows.take(), { bytes, awaited: false });
    return true;
  }

  #reject({ remoteAddress = 'gone', remotePort = 0 }: Socket, { line, column, fault, reason, text }: BadLine): void {
    const place = `${remoteAddress}:${remotePort} line ${line}, column ${column}`;
    this.#context.reject(fault, 1, `${place}: ${reason}: ${text}`);
  }
}
