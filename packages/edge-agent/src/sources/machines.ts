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

/** Cases for the suite of every source, by its type. */
export const machines: Readonly<Record<string, readonly SourceCase[]>> = {
  csv: [{ arrange: () => arrangeFile({ type: 'csv', head: 't,value\n', line: (n) => `${n},${n}\n` }) }],
  ndjson: [{ arrange: () => arrangeFile({ type: 'ndjson', head: '', line: (n) => `{"t":${n},"value":${n}}\n` }) }],
  'line-protocol': [
    { title: 'over HTTP', arrange: arrangeHttpClient },
    { title: 'over TCP', arrange: arrangeTcpClient },
  ],
  mqtt: [{ arrange: arrangeBroker }],
  simulator: [{ arrange: arrangePress }],
};

interface FileFormat {
  readonly type: string;
  readonly head: string;
  line(n: number): string;
}

async function arrangeFile({ type, head, line }: FileFormat): Promise<Machine> {
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
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  };
}

/** Where a source that listens says so. */
function addressOf({ states }: FakeContext<unknown>): URL | null {
  const detail = states.findLast(({ state }) => state === 'running')?.detail ?? '';
  return URL.parse(`http://${detail.replace('listening on ', '')}`);
}

function linesOf(from: number, count: number): string {
  return Array.from({ length: count }, (_, i) => `m value=${from + i} ${(from + i) * 1000}\n`).join('');
}

/** Repeats what was not answered by 204, as the protocol has it. */
async function arrangeHttpClient(): Promise<Machine> {
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
    acknowledged: () => acknowledged,
    [Symbol.asyncDispose]: async () => end.abort(),
  };
}

async function arrangeTcpClient(): Promise<Machine> {
  let sent = 0;
  return {
    config: { type: 'line-protocol', listen: '127.0.0.1:0' },
    send: async (count, context) => {
      const socket = connect(Number(addressOf(context)?.port), '127.0.0.1');
      // A source that stops closes it.
      socket.on('error', () => socket.destroy());
      await once(socket, 'connect');
      socket.end(linesOf(sent, count));
      sent += count;
    },
    [Symbol.asyncDispose]: async () => {},
  };
}

async function arrangeBroker(): Promise<Machine> {
  const broker = await new FakeBroker(4).start();
  const { url } = broker;
  await broker[Symbol.asyncDispose]();
  let sent = 0;
  return {
    config: { type: 'mqtt', url, topics: ['#'] },
    appear: async () => void (await broker.start(Number(new URL(url).port))),
    send: async (count) => {
      await until('subscribed', () => broker.clients.at(-1)?.packets.some(({ cmd }) => cmd === 'subscribe') ?? false);
      const messages = Array.from({ length: count }, () => {
        const n = sent++;
        return message(`m/${n}`, `${n}`, { qos: 1, messageId: n + 1 });
      });
      broker.clients.at(-1)?.send(...messages);
    },
    acknowledged: () => new Set(broker.clients.flatMap((client) => client.acks('puback'))).size,
    [Symbol.asyncDispose]: () => broker[Symbol.asyncDispose](),
  };
}

const REPORT_US = 10_000;

/** The presses report as time passes: for each report there are several samples. */
async function arrangePress(): Promise<Machine> {
  let sent = 0;
  return {
    config: { type: 'simulator', presses: 1, rate: 100 },
    send: async (count, context) => {
      sent += count;
      context.clock += sent * REPORT_US;
    },
    [Symbol.asyncDispose]: async () => {},
  };
}
