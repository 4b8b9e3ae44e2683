import { once } from 'node:events';
import { connect } from 'node:net';
import { Client, type ClientDuplexStream, credentials, status, type StatusObject } from '@grpc/grpc-js';
import {
  type AgentMessage,
  crc32c,
  encodeSegment,
  BatchBuilder,
  type HubMessage,
  Lane,
  type SegmentMessage,
} from '@sluis/protocol';
import { syncService } from '@sluis/protocol/sync';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Site } from './site.ts';

/*
 * What may come to the port for agents: the hub refuses it in words, keeps nothing of it, and goes on with its agents.
 */

const NS = '1700000000000000000';
let site: Site;
beforeAll(async () => {
  site = await Site.start();
});
afterAll(async () => {
  await site[Symbol.asyncDispose]();
});

let witnesses = 0;
async function expectToGoOn(): Promise<void> {
  const tag = `witness-${witnesses++}`;
  expect((await site.write(`ok,m=${tag} value=1 ${NS}`)).status).toBe(204);
  await site.stored(`lab/${tag}/ok`, 1);
  expect(site.hub.running).toBe(true);
}

async function closedAfter(bytes: Uint8Array | string): Promise<void> {
  const socket = connect({ host: '127.0.0.1', port: site.ports.grpc });
  await once(socket, 'connect');
  socket.on('error', () => socket.destroy());
  socket.resume();
  const closed = once(socket, 'close');
  socket.write(bytes);
  socket.end();
  await closed;
}

const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');

test.each([
  ['noise', Buffer.from(Array.from({ length: 4096 }, (_, i) => (i * 167) % 256))],
  ['HTTP/1.1', 'GET /api/v1/series HTTP/1.1\r\nHost: hub\r\n\r\n'],
  ['a TLS hello', Buffer.from('16030100c8010000c40303', 'hex')],
  ['HTTP/2 that goes on with noise', Buffer.concat([PREFACE, Buffer.alloc(4096, 0xff)])],
  [
    'HTTP/2 with a frame of 16 MiB',
    Buffer.concat([PREFACE, Buffer.from('ffffff000000000001', 'hex'), Buffer.alloc(1 << 20)]),
  ],
])('%s: the connection ends, the rest goes on', async (_, bytes) => {
  await closedAfter(bytes);
  await expectToGoOn();
});

/** A call whose messages are bytes as they are, and how it ended. */
function rawCall(): { call: ClientDuplexStream<Buffer, Buffer>; ended: Promise<StatusObject>; close(): void } {
  const client = new Client(`127.0.0.1:${site.ports.grpc}`, credentials.createInsecure(), {
    'grpc.use_local_subchannel_pool': 1,
    'grpc.max_send_message_length': -1,
  });
  const same = (bytes: Buffer) => bytes;
  const call = client.makeBidiStreamRequest(syncService.session.path, same, same);
  const { promise, resolve } = Promise.withResolvers<StatusObject>();
  call.on('status', resolve);
  // The status tells it.
  call.on('error', () => call.destroy());
  call.on('data', () => undefined);
  return { call, ended: promise, close: () => client.close() };
}

test.each([
  ['garbage for a message', Buffer.from('this is no protobuf at all')],
  ['an empty message', Buffer.alloc(0)],
  ['a giant message', Buffer.alloc(64 << 20)],
])('%s: the call ends with an error, the rest goes on', async (_, message) => {
  const { call, ended, close } = rawCall();
  call.write(message);
  const { code } = await ended;
  expect(code).not.toBe(status.OK);
  close();
  await expectToGoOn();
});

interface Stranger {
  send(message: AgentMessage): void;
  /** All that the hub answered, once it has refused or ended the call. */
  readonly refused: Promise<HubMessage[]>;
  /** The next answer of a type. */
  answer<T extends HubMessage['type']>(type: T): Promise<Extract<HubMessage, { type: T }>>;
  close(): void;
}

function stranger(): Stranger {
  const client = new Client(`127.0.0.1:${site.ports.grpc}`, credentials.createInsecure(), {
    'grpc.use_local_subchannel_pool': 1,
  });
  const { path, requestSerialize, responseDeserialize } = syncService.session;
  const call = client.makeBidiStreamRequest<AgentMessage, HubMessage>(path, requestSerialize, responseDeserialize);
  const answers: HubMessage[] = [];
  const { promise: refused, resolve } = Promise.withResolvers<HubMessage[]>();
  const waiting: ((message: HubMessage) => void)[] = [];
  call.on('data', (message: HubMessage) => {
    answers.push(message);
    for (const tell of waiting) tell(message);
  });
  call.on('end', () => resolve(answers));
  call.on('error', () => resolve(answers));
  return {
    send: (message) => void call.write(message),
    refused,
    answer: (type) =>
      new Promise((tell) => {
        waiting.push((message) => {
          if (message.type === type) tell(message as Extract<HubMessage, { type: typeof type }>);
        });
      }),
    close: () => client.close(),
  };
}

const EPOCH = 'ab'.repeat(16);
type Hello = Extract<AgentMessage, { type: 'hello' }>;
const hello: Hello = {
  type: 'hello',
  version: 1,
  minimumVersion: 1,
  agent: 'stranger',
  site: 'elsewhere',
  software: 'a test',
  epoch: EPOCH,
  lanes: [{ lane: Lane.data, first: 1, lowest: 1, next: 10 }],
  clock: 0,
  instance: '',
};

function segment(series: number): SegmentMessage {
  const rows = new BatchBuilder();
  rows.double(series, 1_700_000_000_000_000, 1.5);
  const { bytes, crc, samples } = encodeSegment(rows.take(), { effort: 'fast' });
  return {
    type: 'segment',
    lane: Lane.data,
    sequences: { from: 1, to: 2 },
    samples,
    crc,
    data: bytes,
    seriesBound: series + 1,
    lastCrc: crc,
  };
}

test.each<[string, (hub: Stranger) => Promise<void>]>([
  ['a segment before hello', async (hub) => hub.send(segment(0))],
  ['a version from the future', async (hub) => hub.send({ ...hello, version: 99, minimumVersion: 98 })],
  [
    'a segment of an undefined series',
    async (hub) => {
      await greet(hub);
      hub.send(segment(7));
    },
  ],
  [
    'a segment whose checksum is not its own',
    async (hub) => {
      await greet(hub);
      await define(hub);
      hub.send({ ...segment(0), crc: 1 });
    },
  ],
  [
    'a segment of noise with a right checksum',
    async (hub) => {
      await greet(hub);
      await define(hub);
      const data = Buffer.alloc(500, 0x5a);
      hub.send({ ...segment(0), data, crc: crc32c(data) });
    },
  ],
  [
    'definitions that leave some out',
    async (hub) => {
      await greet(hub);
      hub.send({ type: 'definitions', first: 5, series: [{ path: 'elsewhere/x', unit: '' }] });
    },
  ],
])('%s: refused in words, nothing of it stored, the rest goes on', async (_, act) => {
  const hub = stranger();
  await act(hub);
  const answers = await hub.refused;
  hub.close();
  const last = answers.at(-1);
  expect(last?.type).toBe('refusal');
  expect(last).toMatchObject({ message: expect.stringMatching(/\w+ \w+/) });
  expect((await site.api.series('elsewhere/**')).reduce((sum, { samples }) => sum + samples, 0)).toBe(0);
  await expectToGoOn();
});

async function greet(hub: Stranger): Promise<void> {
  const welcome = hub.answer('welcome');
  hub.send(hello);
  await welcome;
}

async function define(hub: Stranger): Promise<void> {
  hub.send({ type: 'definitions', first: 0, series: [{ path: 'elsewhere/x', unit: '' }] });
}

test('the same segment twice is acked twice and there once', async () => {
  const hub = stranger();
  const welcome = hub.answer('welcome');
  hub.send({ ...hello, agent: 'repeater', epoch: 'cd'.repeat(16) });
  await welcome;
  hub.send({ type: 'definitions', first: 0, series: [{ path: 'elsewhere/repeated', unit: '' }] });
  for (let times = 0; times < 2; times++) {
    const ack = hub.answer('ack');
    hub.send(segment(0));
    await ack;
  }
  hub.close();
  await site.stored('elsewhere/repeated', 1);
  const repeater = (await site.api.agents()).find(({ id }) => id === 'repeater');
  expect(repeater?.acked).toMatchObject({ samples: 1, segments: 1 });
});
