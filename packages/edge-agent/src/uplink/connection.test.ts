import { EventEmitter } from 'node:events';
import type { ClientDuplexStream } from '@grpc/grpc-js';
import {
  type AgentMessage,
  BatchBuilder,
  encodeSegment,
  type HubMessage,
  type SeriesDefinition,
} from '@sluis/protocol';
import { createLog } from '@sluis/runtime/create-log';
import { afterEach, expect, test, vi } from 'vitest';
import type { StoredSegment } from '../log/log.ts';
import { Bandwidth } from './bandwidth.ts';
import { Connection, type ConnectionOptions } from './connection.ts';
import { Refusals } from './refusals.ts';
import type { RemoteOutbox } from './remote-outbox.ts';

/** A call to a hub that the test plays; after each write it is full until it is drained. */
class FakeCall extends EventEmitter {
  readonly written: AgentMessage[] = [];
  writableNeedDrain = false;
  takesAll = false;

  write(message: AgentMessage): boolean {
    this.written.push(message);
    this.writableNeedDrain = !this.takesAll;
    return this.takesAll;
  }

  drain(): void {
    this.writableNeedDrain = false;
    this.emit('drain');
  }

  say(message: HubMessage): void {
    this.emit('data', message);
  }

  cancel(): void {}

  types(): string[] {
    return this.written.map(({ type }) => type);
  }
}

const none = { samples: 0, segments: 0, bytes: 0 };
const outbox: RemoteOutbox = {
  state: async () => ({
    epoch: '00'.repeat(16),
    seriesCount: 0,
    lanes: [{ lane: 2, first: 1, lowest: 1, next: 1 }],
    positions: {},
    positionsLost: false,
  }),
  read: async () => [],
  definitions: async () => [],
  isOwn: async () => true,
  acknowledge: async () => undefined,
  reconcile: async () => 0,
  giveUp: async () => undefined,
  givenUp: async () => [],
  remint: () => outbox.state(),
  stats: async () => ({
    ...none,
    oldest: null,
    newest: null,
    fileBytes: 0,
    quotaBytes: 0,
    acked: none,
    damaged: none,
    refused: none,
    shed: { quota: none, age: none, disk: none },
  }),
};

function connect(parts: Partial<RemoteOutbox>) {
  const call = new FakeCall();
  const welcomed = vi.fn<() => void>();
  const connection = new Connection({
    call: call as unknown as ClientDuplexStream<AgentMessage, HubMessage>,
    agent: 'press-1',
    site: 'lab',
    software: 'test',
    instance: '11'.repeat(16),
    bandwidth: new Bandwidth({ schedule: [], zone: 'UTC' }),
    refusals: new Refusals({ giveUpAfterMs: 0 }),
    outbox: { ...outbox, ...parts },
    journal: { losses: async () => ({ epoch: '22'.repeat(16), losses: [] }) },
    log: createLog('test'),
    now: () => 0,
    welcomed,
  } satisfies ConnectionOptions);
  return { call, connection, ended: connection.run(), welcomed };
}

const welcome: HubMessage = { type: 'welcome', version: 1, received: [], knownSeries: 0, credit: 1 << 20 };

afterEach(() => {
  vi.restoreAllMocks();
});

test.each(['isOwn', 'reconcile'] as const)(
  'a connection that ends while its welcome waits for the outbox (%s) does nothing after that',
  async (method) => {
    const asked = Promise.withResolvers<void>();
    const answer = Promise.withResolvers<void>();
    const remint = vi.fn<RemoteOutbox['remint']>(outbox.remint);
    const slow = async (): Promise<number> => {
      asked.resolve();
      await answer.promise;
      return 0;
    };
    const intervals = vi.spyOn(globalThis, 'setInterval');
    const state = async () => ({
      ...(await outbox.state()),
      lanes: [{ lane: 2 as const, first: 1, lowest: 1, next: 5 }],
    });
    const { call, connection, ended, welcomed } = connect({ [method]: slow, state, remint });
    await expect.poll(() => call.types()).toEqual(['hello']);
    // With another CRC than the outbox has: what would lead to a new epoch.
    const received = method === 'isOwn' ? [{ lane: 2 as const, ranges: [{ from: 1, to: 3 }], highestCrc: 7 }] : [];
    call.say({ ...welcome, received });
    await asked.promise;
    connection.close('the agent stops');
    expect(await ended).toEqual({ type: 'lost', reason: 'the agent stops' });
    answer.resolve();
    await new Promise(setImmediate);
    expect(welcomed).not.toHaveBeenCalled();
    expect(remint).not.toHaveBeenCalled();
    expect(intervals).not.toHaveBeenCalled();
    expect(call.types()).toEqual(['hello']);
  },
);

test.each([
  ['worked, once something was acked', true],
  ['did not work, until something was acked', false],
])('a connection that the hub ended %s', async (_, isAcked) => {
  const acknowledge = vi.fn<RemoteOutbox['acknowledge']>(outbox.acknowledge);
  const segment: StoredSegment = { lane: 2, sequence: 1, samples: 1, crc: 0, bytes: new Uint8Array(4), seriesBound: 0 };
  const { call, ended } = connect({ acknowledge, read: async ({ from }) => (from > 1 ? [] : [segment]) });
  call.takesAll = true;
  await expect.poll(() => call.types()).toEqual(['hello']);
  call.say(welcome);
  await expect.poll(() => call.types()).toContain('segment');
  const received = isAcked ? [{ lane: 2 as const, ranges: [{ from: 1, to: 2 }], highestCrc: 0 }] : [];
  call.say({ type: 'ack', received, knownSeries: 0, credit: 1 << 20 });
  await expect.poll(() => acknowledge.mock.calls.length).toBe(isAcked ? 1 : 0);
  await new Promise(setImmediate);
  call.emit('end');
  expect(await ended).toEqual({ type: 'lost', reason: 'the hub ended the connection', worked: isAcked });
});

test.each([
  ['of the version before each message has one sequence', 1, 100],
  ['of this version one message joins many', 2, 1],
])('for a hub %s', async (_, version, messages) => {
  const segments = Array.from({ length: 100 }, (_, i): StoredSegment => {
    const rows = new BatchBuilder();
    rows.double(0, i, i);
    const { bytes, crc, samples } = encodeSegment(rows.take(), { effort: 'fast' });
    return { lane: 2, sequence: i + 1, samples, crc, bytes, seriesBound: 0 };
  });
  const { call, connection, ended } = connect({
    state: async () => ({ ...(await outbox.state()), lanes: [{ lane: 2 as const, first: 1, lowest: 1, next: 101 }] }),
    read: async ({ from }) => segments.filter(({ sequence }) => sequence >= from),
  });
  call.takesAll = true;
  await expect.poll(() => call.types()).toEqual(['hello']);
  call.say({ ...welcome, version });
  const sent = () => call.written.filter((message) => message.type === 'segment');
  await expect
    .poll(() => {
      // Nothing more is sent than may be under way.
      call.say({
        type: 'ack',
        received: [{ lane: 2, ranges: sent().map(({ sequences }) => sequences), highestCrc: 0 }],
        knownSeries: 0,
        credit: 1 << 20,
      });
      return sent().length;
    })
    .toBe(messages);
  const [last] = sent().slice(-1);
  expect(last.sequences.to).toBe(101);
  expect(last.lastCrc).toBe(segments[99].crc);
  connection.close('the agent stops');
  await ended;
});

test('definitions wait for the connection to take them, and end with it', async () => {
  const definition = (id: number): SeriesDefinition => ({ path: `lab/${id}/${'x'.repeat(1000)}`, unit: '' });
  const segment: StoredSegment = {
    lane: 2,
    sequence: 1,
    samples: 1,
    crc: 0,
    bytes: new Uint8Array(4),
    seriesBound: 300,
  };
  let read = false;
  const { call, connection, ended } = connect({
    read: async () => (read ? [] : ((read = true), [segment])),
    definitions: async ({ from, to }) => Array.from({ length: to - from }, (_, i) => definition(from + i)),
  });
  await expect.poll(() => call.types()).toEqual(['hello']);
  call.drain();
  call.say(welcome);
  await expect.poll(() => call.types()).toEqual(['hello', 'report']);
  for (let i = 1; i <= 3; i++) {
    call.drain();
    await expect.poll(() => call.types().filter((type) => type === 'definitions').length).toBe(i);
    await new Promise(setImmediate);
    expect(call.types().at(-1), 'nothing more before it is drained').toBe('definitions');
    expect(call.types()).toHaveLength(2 + i);
  }
  connection.close('the agent stops');
  await ended;
  await new Promise(setImmediate);
  expect(call.types()).toHaveLength(5);
});

test('an ack of what was never sent here deletes nothing and ends the connection', async () => {
  const acknowledge = vi.fn<RemoteOutbox['acknowledge']>(outbox.acknowledge);
  const { call, ended } = connect({ acknowledge });
  call.takesAll = true;
  await expect.poll(() => call.types()).toEqual(['hello']);
  call.say(welcome);
  await expect.poll(() => call.types()).toEqual(['hello', 'report']);
  const received = [{ lane: 2 as const, ranges: [{ from: 1, to: 3 }], highestCrc: 0 }];
  call.say({ type: 'ack', received, knownSeries: 0, credit: 1 << 20 });
  expect(await ended).toEqual({ type: 'lost', reason: expect.stringContaining('not sent') });
  expect(acknowledge).not.toHaveBeenCalled();
});

test('a refusal of what is not under way names no segment to be given up; of what is, it does', async () => {
  const { bytes, crc, samples } = encodeSegment(new BatchBuilder().take(), { effort: 'fast' });
  const read = async ({ from }: { from: number }): Promise<StoredSegment[]> =>
    from > 1 ? [] : [{ lane: 2, sequence: 1, samples, crc, bytes, seriesBound: 0 }];
  const refusing = async (from: number) => {
    const { call, ended } = connect({
      read,
      state: async () => ({ ...(await outbox.state()), lanes: [{ lane: 2, first: 1, lowest: 1, next: 9 }] }),
    });
    call.takesAll = true;
    await expect.poll(() => call.types()).toEqual(['hello']);
    call.say(welcome);
    await expect.poll(() => call.types()).toContain('segment');
    const segment = { lane: 2 as const, sequences: { from, to: from + 1 } };
    call.say({ type: 'refusal', reason: 'protocol', message: 'it is damaged', segment });
    return ended;
  };
  expect(await refusing(2)).toEqual({ type: 'lost', reason: expect.stringContaining('not under way') });
  expect(await refusing(1)).toMatchObject({ type: 'refused', refusal: { segment: { sequences: { from: 1, to: 2 } } } });
});

test('what is let go between hello and welcome, and the hub has no more, is told with another hello', async () => {
  const lane = { lane: 2, first: 1, lowest: 1, next: 9 } as const;
  let lowest = 1;
  const state: RemoteOutbox['state'] = async () => ({ ...(await outbox.state()), lanes: [{ ...lane, lowest }] });
  const { call, ended, welcomed } = connect({ state });
  await expect.poll(() => call.types()).toEqual(['hello']);
  lowest = 5;
  // The hub was put back to when it had two of the four.
  call.say({ ...welcome, received: [{ lane: 2, ranges: [{ from: 1, to: 3 }], highestCrc: 0 }] });
  await expect(ended).resolves.toMatchObject({ type: 'lost', reason: expect.stringContaining('since hello') });
  expect(welcomed).not.toHaveBeenCalled();
});

test('a hub that says nothing is given up, as one that cannot be reached', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout'] });
  const { ended } = connect({});
  await vi.advanceTimersByTimeAsync(30_000);
  vi.useRealTimers();
  expect(await ended).toEqual({ type: 'lost', reason: 'the hub said nothing for 30 s' });
});
