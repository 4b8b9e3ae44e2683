import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { Client, credentials } from '@grpc/grpc-js';
import { SyncServer } from '@sluis/cloud-hub/sessions';
import type { AgentMessage, HubMessage } from '@sluis/protocol';
import { syncService } from '@sluis/protocol/sync';
import pino from 'pino';
import { expect, test } from 'vitest';
import { memoryIngest } from './memory-ingest.ts';

const SEGMENT_BYTES = 64 << 10;
const SEGMENTS = 32;

/*
 * What a sender may send before anything comes back bounds its pace on a long line: with the usual window of 64 KiB, 1.6 MB/s
 * at a round trip of 40 ms. So nothing comes back here, and 2 MiB arrive all the same.
 */
test('the hub takes 2 MiB of segments from a sender that has not heard of any', async () => {
  const ingest = memoryIngest();
  await using hub = new SyncServer({
    host: '127.0.0.1',
    port: 0,
    ingest,
    log: pino({ level: 'silent' }),
    now: () => 0,
  });
  await using line = await startLine(await hub.start());
  const client = new Client(`127.0.0.1:${line.port}`, credentials.createInsecure(), {
    'grpc.use_local_subchannel_pool': 1,
  });
  const { path, requestSerialize, responseDeserialize } = syncService.session;
  const call = client.makeBidiStreamRequest<AgentMessage, HubMessage>(path, requestSerialize, responseDeserialize);
  call.on('error', () => call.destroy());
  const epoch = '00'.repeat(16);
  call.write({
    type: 'hello',
    version: 1,
    minimumVersion: 1,
    agent: 'a',
    site: 's',
    software: 'test',
    epoch,
    lanes: [{ lane: 2, first: 1, lowest: 1, next: SEGMENTS + 1 }],
    clock: 0,
    instance: '',
  });
  const [welcome] = (await once(call, 'data')) as [HubMessage];
  expect(welcome.type).toBe('welcome');

  line.nothingReturns();
  for (let sequence = 1; sequence <= SEGMENTS; sequence++) {
    call.write({
      type: 'segment',
      lane: 2,
      sequences: { from: sequence, to: sequence + 1 },
      samples: 0,
      crc: 0,
      data: new Uint8Array(SEGMENT_BYTES),
      seriesBound: 0,
      lastCrc: 0,
    });
  }
  await expect.poll(() => ingest.epochs.get(epoch)?.segments.length).toBe(SEGMENTS);
  call.cancel();
  client.close();
});

/** A way to the hub that can be closed to what comes from there. */
async function startLine(port: number): Promise<AsyncDisposable & { port: number; nothingReturns(): void }> {
  const fromHub: Socket[] = [];
  const server = createServer({ noDelay: true }, (near) => {
    const far = connect({ port, host: '127.0.0.1', noDelay: true });
    fromHub.push(far);
    near.pipe(far);
    far.pipe(near);
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ]) {
      socket.on('error', () => other.destroy());
      socket.on('close', () => other.destroy());
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    nothingReturns: () => fromHub.forEach((far) => far.unpipe().pause()),
    async [Symbol.asyncDispose]() {
      for (const far of fromHub) far.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
