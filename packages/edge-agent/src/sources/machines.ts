import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FakeContext, type Machine, type SourceCase, until } from '@sluis/plugin-sdk/testing';
import { FakeBroker, message } from './mqtt/fake-broker.ts';

/*
 * For tests: what each of the sources reads from. The value of a sample is its number, counted from 0.
 */

/** In all 22 MiB, more than any source may hold: texts take two bytes a character in memory, and equal ones no more than one. */
const FLOOD = 700;
const textOf = (n: number): string => `${n}`.padEnd(16_384, 'x');
/** What a source hands over at least that holds as much as it may, 16 MiB; and one that waits for each piece. */
const MOST_HELD = 15 << 20;
const SOME_HELD = 1;
/** What may be handed over: the bound, and the batch with which it is reached. */
const LIMIT = 20 << 20;
/** Of the event loop. */
const TURNS = 200;

/** Cases for the suite of every source, by its type. */
export const machines: Readonly<Record<string, readonly SourceCase[]>> = {
  csv: [
    flooded(
      () => arrangeFile({ type: 'csv', head: 't,value\n', line: (n, value = n) => `${n},${value}\n` }),
      SOME_HELD,
    ),
  ],
  ndjson: [
    flooded(
      () => arrangeFile({ type: 'ndjson', head: '', line: (n, value = n) => `{"t":${n},"value":${quoted(value)}}\n` }),
      SOME_HELD,
    ),
  ],
  'line-protocol': [
    { title: 'over HTTP', ...flooded(arrangeHttpClient, SOME_HELD) },
    { title: 'over TCP', ...flooded(arrangeTcpClient, MOST_HELD) },
  ],
  mqtt: [flooded(arrangeBroker, MOST_HELD)],
  simulator: [flooded(arrangePress, MOST_HELD)],
};

function heldBy({ held }: FakeContext<unknown>): number {
  return held.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** A machine that can send more than a source may hold. */
interface Flooding extends Machine {
  flood(context: FakeContext<unknown>): Promise<void>;
}

/**
 * Sends {@link FLOOD} texts, and waits until the source has handed over so much of them that it should take no more. A source that
 * goes on has some turns of the event loop for what is beyond the bound.
 */
function flooded(arrange: () => Promise<Flooding>, held: number): SourceCase {
  return {
    arrange,
    async flood(machine, context) {
      await (machine as Flooding).flood(context);
      await until('what a source may hold is handed over', () => heldBy(context) >= held);
      for (let turn = 0; turn < TURNS; turn++) await new Promise((resolve) => setImmediate(resolve));
    },
    limits: { inFlightBytes: LIMIT },
  };
}

const quoted = (value: number | string): string => JSON.stringify(value);

interface FileFormat {
  readonly type: string;
  readonly head: string;
  line(n: number, value?: number | string): string;
}

async function arrangeFile({ type, head, line }: FileFormat): Promise<Flooding> {
  const folder = await mkdtemp(join(tmpdir(), 'sluis-'));
  const path = join(folder, `in.${type}`);
  let sent = 0;
  return {
    config: { type, path, time: 't', unit: 's', series: 'm/{column}', poll: '20ms' },
    resumes: true,
    appear: () => writeFile(path, head),
    send: async (count) => {
      await appendFile(path, Array.from({ length: count }, () => line(sent++)).join(''));
    },
    flood: () => appendFile(path, Array.from({ length: FLOOD }, (_, i) => line(i, textOf(i))).join('')),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  };
}

/** Where a source that listens says so. */
function addressOf({ states }: FakeContext<unknown>): URL | null {
  const detail = states.findLast(({ state }) => state === 'running')?.detail ?? '';
  return URL.parse(`http://${detail.replace('listening on ', '')}`);
}

function linesOf(from: number, count: number, valueOf: (n: number) => number | string = (n) => n): string {
  const value = (n: number): string => quoted(valueOf(n));
  return Array.from({ length: count }, (_, i) => `m value=${value(from + i)} ${(from + i) * 1000}\n`).join('');
}

const floodOfLines = (): string => linesOf(0, FLOOD, textOf);

/** Repeats what was not answered by 204, as the protocol has it. */
async function arrangeHttpClient(): Promise<Flooding> {
  const end = new AbortController();
  let sent = 0;
  let acknowledged = 0;
  const post = async (body: string, count: number, context: FakeContext<unknown>): Promise<void> => {
    while (!end.signal.aborted) {
      const url = new URL('/api/v2/write', addressOf(context) ?? undefined);
      // What ends with the source, or with the test, is not answered.
      const response = await fetch(url, { method: 'POST', body, signal: end.signal }).catch(() => undefined);
      if (response?.status === 204) {
        acknowledged += count;
        return;
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  return {
    config: { type: 'line-protocol', http: '127.0.0.1:0' },
    send: async (count, context) => {
      void post(linesOf(sent, count), count, context);
      sent += count;
    },
    flood: async (context) => void post(floodOfLines(), FLOOD, context),
    acknowledged: () => acknowledged,
    [Symbol.asyncDispose]: async () => end.abort(),
  };
}

async function arrangeTcpClient(): Promise<Flooding> {
  let sent = 0;
  const sendLines = async (lines: string, context: FakeContext<unknown>): Promise<void> => {
    const socket = connect(Number(addressOf(context)?.port), '127.0.0.1');
    // A source that stops closes it.
    socket.on('error', () => socket.destroy());
    await once(socket, 'connect');
    socket.end(lines);
  };
  return {
    config: { type: 'line-protocol', listen: '127.0.0.1:0' },
    send: async (count, context) => {
      await sendLines(linesOf(sent, count), context);
      sent += count;
    },
    flood: (context) => sendLines(floodOfLines(), context),
    [Symbol.asyncDispose]: async () => {},
  };
}

async function arrangeBroker(): Promise<Flooding> {
  const broker = await new FakeBroker(4).start();
  const { url } = broker;
  await broker[Symbol.asyncDispose]();
  let sent = 0;
  const publish = async (count: number, payloadOf: (n: number) => number | string): Promise<void> => {
    await until('subscribed', () => broker.clients.at(-1)?.packets.some(({ cmd }) => cmd === 'subscribe') ?? false);
    const messages = Array.from({ length: count }, () => {
      const n = sent++;
      return message(`m/${n}`, quoted(payloadOf(n)), { qos: 1, messageId: n + 1 });
    });
    broker.clients.at(-1)?.send(...messages);
  };
  return {
    config: { type: 'mqtt', url, topics: ['#'] },
    appear: async () => void (await broker.start(Number(new URL(url).port))),
    send: (count) => publish(count, (n) => n),
    flood: () => publish(FLOOD, textOf),
    acknowledged: () => new Set(broker.clients.flatMap((client) => client.acks('puback'))).size,
    [Symbol.asyncDispose]: () => broker[Symbol.asyncDispose](),
  };
}

const REPORT_US = 10_000;
/** Some 60,000 samples. */
const BURST_US = 3_000_000;

/** The presses report as time passes: for each report there are several samples. */
async function arrangePress(): Promise<Flooding> {
  let sent = 0;
  return {
    config: { type: 'simulator', presses: 1, rate: 10_000 },
    async flood(context) {
      while (heldBy(context) < MOST_HELD) {
        const { writes } = context;
        context.clock += BURST_US;
        await until('a burst is handed over', () => context.writes > writes);
      }
      context.clock += BURST_US;
    },
    send: async (count, context) => {
      sent += count;
      context.clock += sent * REPORT_US;
    },
    [Symbol.asyncDispose]: async () => {},
  };
}
