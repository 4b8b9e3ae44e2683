import { once } from 'node:events';
import { type ClientHttp2Stream, connect } from 'node:http2';
import { setTimeout as pause } from 'node:timers/promises';
import {
  type AgentMessage,
  type Columns,
  encodeSegment,
  type HubMessage,
  Lane,
  MINIMUM_SYNC_VERSION,
  SYNC_VERSION,
} from '@sluis/protocol';
import { syncService } from '@sluis/protocol/sync';
import { type LoadDone, type LoadOrder, paths, ROWS, SAMPLES_PER_SEGMENT, SERIES, SPACING, START } from './samples.ts';

/*
 * An agent for benchmarks, in a process of its own so that it is not measured with the hub. It speaks the hub's gRPC
 * over plain HTTP/2 and makes its samples itself; its parent sends one order after another, and it says when each is done.
 */

/** Of gRPC: one byte that says whether a message is compressed, four with its length. */
const PREFIX_BYTES = 5;
/** Segments on their way while filling: enough for the hub's group commits. */
const UNDER_WAY = 16;
const EPOCH = 'b'.repeat(32);

class BenchAgent {
  #stream: ClientHttp2Stream | undefined;
  #next = 0;
  #credit = 0;
  #sentBytes = 0;
  readonly #sentAt = new Map<number, number>();
  #sent: { sequence: number; at: number }[] = [];
  #ackMs: number[] = [];
  /** Where each series' random walk is. */
  readonly #level = new Float64Array(SERIES).fill(20);
  #changed: () => void = () => undefined;

  async carryOut(order: LoadOrder): Promise<LoadDone> {
    this.#sent = [];
    this.#ackMs = [];
    if (order.kind === 'connect') await this.#connect(order.grpcPort);
    else if (order.kind === 'fill') await this.#fill(order.segments);
    else await this.#live(order);
    return { next: this.#next, bytes: this.#sentBytes, sent: this.#sent, ackMs: this.#ackMs };
  }

  async #connect(port: number): Promise<void> {
    const client = connect(`http://127.0.0.1:${port}`);
    const { path } = syncService.session;
    const headers = { ':method': 'POST', ':path': path, 'content-type': 'application/grpc', te: 'trailers' };
    this.#stream = client.request(headers);
    let rest = Buffer.alloc(0);
    this.#stream.on('data', (bytes: Buffer) => {
      rest = Buffer.concat([rest, bytes]);
      while (rest.byteLength >= PREFIX_BYTES) {
        const end = PREFIX_BYTES + rest.readUInt32BE(1);
        if (rest.byteLength < end) break;
        this.#receive(syncService.session.responseDeserialize(rest.subarray(PREFIX_BYTES, end)));
        rest = rest.subarray(end);
      }
    });
    const window = { lane: Lane.data, first: 0, lowest: 0, next: 0 };
    this.#send({
      type: 'hello',
      version: SYNC_VERSION,
      minimumVersion: MINIMUM_SYNC_VERSION,
      agent: 'bench',
      site: 'lab',
      software: 'bench',
      epoch: EPOCH,
      lanes: [window],
      clock: 0,
      instance: 'c'.repeat(32),
    });
    while (this.#credit === 0) await this.#progress();
    this.#send({ type: 'definitions', first: 0, series: paths.map((path) => ({ path, unit: 'Cel' })) });
  }

  async #fill(segments: number): Promise<void> {
    const end = this.#next + segments;
    while (this.#next < end || this.#sentAt.size > 0) {
      if (this.#next < end && this.#sentAt.size < UNDER_WAY && this.#sentBytes < this.#credit) this.#sendSegment();
      else await this.#progress();
    }
  }

  /** At the rate, whatever the hub does. */
  async #live({ samplesPerSecond, forMs }: LoadOrder & { kind: 'live' }): Promise<void> {
    const everyMs = (1000 * SAMPLES_PER_SEGMENT) / samplesPerSecond;
    const began = performance.now();
    for (let i = 0; i * everyMs < forMs; i++) {
      await pause(Math.max(0, began + i * everyMs - performance.now()));
      while (this.#sentBytes >= this.#credit) await this.#progress();
      this.#sendSegment();
    }
    while (this.#sentAt.size > 0) await this.#progress();
  }

  #progress(): Promise<void> {
    return new Promise((resolve) => (this.#changed = resolve));
  }

  #sendSegment(): void {
    const sequence = this.#next++;
    const { bytes, crc, samples } = encodeSegment(this.#columns(sequence), { effort: 'fast' });
    this.#sentBytes += bytes.byteLength;
    this.#sentAt.set(sequence, performance.now());
    this.#sent.push({ sequence, at: Date.now() });
    const sequences = { from: sequence, to: sequence + 1 };
    const segment = { lane: Lane.data, sequences, samples, crc, lastCrc: crc, seriesBound: SERIES, data: bytes };
    this.#send({ type: 'segment', ...segment });
  }

  /** Random walks with two decimals. */
  #columns(sequence: number): Columns {
    const columns = {
      length: SAMPLES_PER_SEGMENT,
      series: new Uint32Array(SAMPLES_PER_SEGMENT),
      time: new Float64Array(SAMPLES_PER_SEGMENT),
      value: new Float64Array(SAMPLES_PER_SEGMENT),
      quality: new Uint8Array(SAMPLES_PER_SEGMENT),
    };
    for (let id = 0, row = 0; id < SERIES; id++) {
      for (let i = 0; i < ROWS; i++, row++) {
        this.#level[id] += (Math.random() - 0.5) / 5;
        columns.series[row] = id;
        columns.time[row] = START + (sequence * ROWS + i) * SPACING;
        // Machines have no negative zero, and files that have one are larger.
        columns.value[row] = Math.round(this.#level[id] * 100) / 100 + 0;
      }
    }
    return columns;
  }

  #send(message: AgentMessage): void {
    const body = syncService.session.requestSerialize(message);
    const prefix = Buffer.alloc(PREFIX_BYTES);
    prefix.writeUInt32BE(body.byteLength, 1);
    this.#stream?.write(Buffer.concat([prefix, body]));
  }

  #receive(message: HubMessage): void {
    if (message.type === 'refusal') throw new Error(`the hub refuses: ${message.message}`);
    const now = performance.now();
    this.#credit = message.credit;
    for (const { ranges } of message.received) {
      for (const { from, to } of ranges) {
        if (message.type === 'welcome') this.#next = Math.max(this.#next, to);
        for (let sequence = from; message.type === 'ack' && sequence < to; sequence++) this.#acked(sequence, now);
      }
    }
    this.#changed();
  }

  #acked(sequence: number, now: number): void {
    const sent = this.#sentAt.get(sequence);
    if (sent !== undefined) this.#ackMs.push(now - sent);
    this.#sentAt.delete(sequence);
  }
}

const agent = new BenchAgent();
process.once('disconnect', () => process.exit(0));
for (;;) {
  const [order] = (await once(process, 'message')) as [LoadOrder];
  process.send?.(await agent.carryOut(order));
}
