import { once } from 'node:events';
import { type AgentMessage, type HubMessage, Lane } from '@sluis/protocol';
import { syncService } from '@sluis/protocol/sync';
import { Client, type ClientDuplexStream, credentials } from '@grpc/grpc-js';
import { expect, test } from 'vitest';
import { silentLog, until } from '../../test/temporary-store.ts';
import type { IngestStore } from '../store/ingest-store.ts';
import { Session } from './session.ts';
import { SyncServer } from './sync-server.ts';

const MESSAGES = 5_000;

/** An ingest that settles nothing until it is let go. */
function heldIngest() {
  const held = Promise.withResolvers<void>();
  const given = { segments: 0, reports: 0, definitions: 0, aborted: 0 };
  const ingest: IngestStore = {
    open: async () => ({ received: [], knownSeries: 0 }),
    connected: async () => undefined,
    problem: async () => undefined,
    outboxFound: async () => undefined,
    async define() {
      given.definitions++;
      await held.promise;
      return { knownSeries: 0 };
    },
    async report() {
      given.reports++;
      await held.promise;
    },
    async store(_, signal) {
      given.segments++;
      signal?.addEventListener('abort', () => given.aborted++, { once: true });
      await held.promise;
      return 'stored';
    },
  };
  return { ingest, given, letGo: () => held.resolve() };
}

const hello: AgentMessage = {
  type: 'hello',
  version: 1,
  minimumVersion: 1,
  agent: 'press-1',
  site: 'lab',
  software: 'test',
  epoch: '1'.repeat(32),
  lanes: [],
  clock: 1,
  instance: '',
};

async function connected(
  port: number,
): Promise<AsyncDisposable & { call: ClientDuplexStream<AgentMessage, HubMessage> }> {
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
  const { path, requestSerialize, responseDeserialize } = syncService.session;
  const call = client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize);
  call.on('error', () => undefined);
  call.write(hello);
  await once(call, 'data');
  return {
    call,
    async [Symbol.asyncDispose]() {
      call.cancel();
      client.close();
    },
  };
}

const segment = (from: number): AgentMessage => ({
  type: 'segment',
  lane: Lane.data,
  sequences: { from, to: from + 1 },
  samples: 0,
  crc: 0,
  data: new Uint8Array(0),
  seriesBound: 0,
  lastCrc: 0,
});

test.each([
  [
    'reports',
    (): AgentMessage => ({ type: 'report', backlogSamples: 0, backlogBytes: 0, shed: [], clock: 1, resent: 0 }),
  ],
  ['segments', segment],
  ['definitions', (): AgentMessage => ({ type: 'definitions', first: 0, series: [] })],
] as const)(
  'of %s without bytes, no more are read than the store may have under way, and none is lost',
  async (name, make) => {
    const { ingest, given, letGo } = heldIngest();
    await using server = new SyncServer({ host: '127.0.0.1', port: 0, ingest, log: silentLog(), now: () => 1 });
    await using agent = await connected(await server.start());
    for (let i = 0; i < MESSAGES; i++) agent.call.write(make(i));
    let seen = -1;
    // Settled: as many as before, several turns later.
    await until(async () => {
      const before = seen;
      seen = given[name];
      await new Promise((resolve) => setTimeout(resolve, 100));
      return seen > 1_000 && seen === before;
    });
    expect(seen).toBeLessThan(1_600);
    agent.call.resume();
    letGo();
    await until(() => given[name] === MESSAGES);
  },
);

test.each([
  ['malformed', { reason: 'protocol', segment: { lane: Lane.data, sequences: { from: 0, to: 1 } } }],
  // The agent gives up what is named here: a later hub, or one with the same history, may take it.
  ['version', { reason: 'version', message: 'no' }],
  ['conflict', { reason: 'protocol', message: 'no' }],
] as const)('a segment that is refused as %s is named only if it would be refused for ever', async (refused, said) => {
  const { ingest } = heldIngest();
  const refusing: IngestStore = { ...ingest, store: async () => ({ refused, message: 'no' }) };
  await using server = new SyncServer({ host: '127.0.0.1', port: 0, ingest: refusing, log: silentLog(), now: () => 1 });
  await using agent = await connected(await server.start());
  agent.call.write(segment(0));
  const [refusal] = await once(agent.call, 'data');
  expect(refusal).toEqual({ type: 'refusal', message: 'no', ...said });
});

test('what the store has not taken is given up when the agent connects again', async () => {
  const { ingest, given } = heldIngest();
  await using server = new SyncServer({ host: '127.0.0.1', port: 0, ingest, log: silentLog(), now: () => 1 });
  const port = await server.start();
  await using first = await connected(port);
  first.call.write(segment(0));
  await until(() => given.segments === 1);
  await using _second = await connected(port);
  expect(given.aborted).toBe(1);
});

test('an agent whose connection ends before its welcome is not shown as connected', async () => {
  const { ingest } = heldIngest();
  const said: boolean[] = [];
  const opening = Promise.withResolvers<void>();
  const letOpen = Promise.withResolvers<void>();
  const slow: IngestStore = {
    ...ingest,
    async open() {
      opening.resolve();
      await letOpen.promise;
      return { received: [], knownSeries: 0 };
    },
    connected: async (_, connected) => void said.push(connected),
  };
  const session = new Session({
    ingest: slow,
    peer: { send: () => undefined, pause: () => undefined, resume: () => undefined, end: () => undefined },
    log: silentLog(),
    now: () => 1,
    opened: () => undefined,
  });
  session.receive(hello);
  await opening.promise;
  session.close();
  letOpen.resolve();
  await new Promise(setImmediate);
  expect(said).toEqual([]);
});
