import { Client, credentials, Server, ServerCredentials, type ServerDuplexStream } from '@grpc/grpc-js';
import type { AgentMessage, HubMessage } from '@sluis/protocol';
import { syncService } from '@sluis/protocol/sync';
import pino from 'pino';
import { expect, test } from 'vitest';
import { SyncServer } from '@sluis/cloud-hub/sessions';
import { startDelayProxy } from './delay-proxy.ts';
import { memoryIngest } from './memory-ingest.ts';

const ONE_WAY_MS = 20;
const SEGMENT_BYTES = 64 << 10;
const SEGMENTS = 32;

/*
 * 2 MiB over a round trip of 40 ms: at the default window of 64 KiB it takes at least 32 round trips, whatever the
 * machine; with windows of 4 MiB it takes a few. Both are timed in one run and only their ratio is judged.
 */
test('through a round trip of 40 ms the hub takes a segment stream several times faster than with default windows', async () => {
  await using hub = new SyncServer({
    host: '127.0.0.1',
    port: 0,
    ingest: memoryIngest(),
    log: pino({ level: 'silent' }),
    now: () => 0,
  });
  const widened = await secondsToSend(await hub.start());

  const plain = new Server();
  plain.addService(syncService, { session: ackEverything });
  const port = await new Promise<number>((resolve, reject) => {
    plain.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  const byDefault = await secondsToSend(port);
  plain.forceShutdown();

  expect(byDefault / widened).toBeGreaterThan(3);
});

async function secondsToSend(port: number): Promise<number> {
  await using proxy = await startDelayProxy({ port, delayMs: ONE_WAY_MS });
  const client = new Client(`127.0.0.1:${proxy.port}`, credentials.createInsecure(), {
    'grpc.use_local_subchannel_pool': 1,
  });
  const { path, requestSerialize, responseDeserialize } = syncService.session;
  const call = client.makeBidiStreamRequest<AgentMessage, HubMessage>(path, requestSerialize, responseDeserialize);
  call.on('error', () => call.destroy());
  const welcome = Promise.withResolvers<void>();
  const acked = Promise.withResolvers<void>();
  let count = 0;
  call.on('data', (message: HubMessage) => {
    if (message.type === 'welcome') welcome.resolve();
    if (message.type !== 'ack') return;
    for (const { ranges } of message.received) for (const { from, to } of ranges) count += to - from;
    if (count === SEGMENTS) acked.resolve();
  });
  const lanes = [{ lane: 2, first: 1, lowest: 1, next: SEGMENTS + 1 }] as const;
  call.write({
    type: 'hello',
    version: 1,
    minimumVersion: 1,
    agent: 'a',
    site: 's',
    software: 'test',
    epoch: '00'.repeat(16),
    lanes,
    clock: 0,
    instance: '',
  });
  await welcome.promise;
  const began = performance.now();
  for (let sequence = 1; sequence <= SEGMENTS; sequence++) {
    const sequences = { from: sequence, to: sequence + 1 };
    call.write({
      type: 'segment',
      lane: 2,
      sequences,
      samples: 0,
      crc: 0,
      data: new Uint8Array(SEGMENT_BYTES),
      seriesBound: 0,
      lastCrc: 0,
    });
  }
  await acked.promise;
  const seconds = (performance.now() - began) / 1000;
  call.cancel();
  client.close();
  return seconds;
}

function ackEverything(call: ServerDuplexStream<AgentMessage, HubMessage>): void {
  call.on('error', () => call.destroy());
  call.on('data', (message: AgentMessage) => {
    const progress = { received: [], knownSeries: 0, credit: 1 << 30 };
    if (message.type === 'hello') call.write({ type: 'welcome', version: 1, ...progress });
    if (message.type !== 'segment') return;
    call.write({
      type: 'ack',
      ...progress,
      received: [{ lane: message.lane, ranges: [message.sequences], highestCrc: 0 }],
    });
  });
}
