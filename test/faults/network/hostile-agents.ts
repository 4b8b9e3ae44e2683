import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { constants, zstdCompressSync, type ZstdOptions } from 'node:zlib';
import { Client, credentials } from '@grpc/grpc-js';
import { type AgentMessage, BatchBuilder, crc32c, encodeSegment } from '@sluis/protocol';
import { syncService } from '@sluis/protocol/sync';
import { Uplink } from '@sluis/edge-agent/uplink';
import pino from 'pino';
import { Random } from '../../e2e/random.ts';
import { plainFlow, Site } from '../../e2e/site.ts';
import { until } from '../../e2e/until.ts';
import { MemoryOutbox } from '../../sync/memory-outbox.ts';
import type { Fault } from '../fault.ts';
import { areUp } from '../what-is-down.ts';
import { type Attack, crowd, many, mutated, noise, pour, say, type Target, underAttack } from './attack.ts';
import { HonestApart } from './honest-apart.ts';
import { descriptors } from './of-process.ts';
import { Readiness } from './readiness.ts';

const MIB = 1 << 20;
const CROWD = 10_000;
const CROWD_MS = 3_000;
const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
const SETTINGS = Buffer.from('000000040000000000', 'hex');
const PING = Buffer.from('0000080600000000000102030405060708', 'hex');
/** Hello of an agent that is not the honest one. */
const hello = (n: number): AgentMessage => ({
  type: 'hello',
  version: 2,
  minimumVersion: 1,
  agent: `hostile-${n}`,
  site: 'elsewhere',
  software: 'a fault test',
  epoch: randomBytes(16).toString('hex'),
  lanes: [{ lane: 2, first: 1, lowest: 1, next: 10 }],
  clock: 0,
  instance: '',
});

export const hostileAgents: Fault = {
  name: 'hostile-agents',
  about: "garbage, mutated sessions, zstd bombs, HTTP/2 floods and crowds at the hub's ports, beside an honest agent",
  seconds: 75,
  async run({ seed, share, progress }) {
    const random = new Random(seed);
    await using site = await Site.start({ flow: plainFlow });
    const { agent, hub, ports } = site;
    const grpc = { host: '127.0.0.1', port: ports.grpc };
    const http = { host: '127.0.0.1', port: ports.http };
    const session = await recordSession(ports.grpc);
    await using clients = new HonestApart({ url: site.linesUrl, seed });
    const before = descriptors(hub.pid);
    await using readiness = new Readiness(hub.url);
    const attacks = [
      ...inSessions(grpc, session, random),
      ...floods(grpc),
      ...atHttp(http, random),
      ...crowds(grpc, http, share),
    ];
    const victims = { hub: () => hub.pid };
    const { rounds, notes } = await underAttack({ attacks, clients, victims, progress });
    const ready = await readiness.inWords();
    const judgement = await clients.judge(site.api, { drained: () => agent.drained() });
    const note = `peak RSS, and how long an acknowledgement took at the agent: ${notes.join('; ')}; readyz ${ready}; hub's descriptors ${before} before, ${descriptors(hub.pid)} after`;
    return { rounds, ...judgement, recovered: await areUp(agent, hub), note };
  },
};

/** All that an agent says to the hub while it sends some segments. */
async function recordSession(port: number): Promise<Buffer> {
  const said: Buffer[] = [];
  const server = createServer((near) => {
    const far = connect({ host: '127.0.0.1', port });
    near.on('data', (chunk: Buffer) => said.push(chunk));
    near.pipe(far).pipe(near);
    for (const socket of [near, far]) socket.on('error', () => socket.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const outbox = new MemoryOutbox();
  outbox.definitionsOf = [{ path: 'elsewhere/recorded', unit: '' }];
  for (let n = 0; n < 40; n++) outbox.appendRow();
  {
    await using uplink = new Uplink({
      address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
      agent: 'recorded',
      site: 'elsewhere',
      software: 'a fault test',
      instance: randomBytes(16).toString('hex'),
      bandwidth: { schedule: [], zone: 'UTC' },
      outbox,
      journal: outbox.journal,
      log: pino({ level: 'silent' }),
      now: () => Date.now() * 1000,
    });
    uplink.start();
    await until('the session is recorded', () => outbox.ackedRanges.covers({ from: 1, to: 41 }));
  }
  server.close();
  return Buffer.concat(said);
}

function inSessions(grpc: Target, session: Buffer, random: Random): Attack[] {
  // The first asks for a larger window than the stream may have, the second only becomes too long.
  const bombs = [bomb(), bomb({ params: { [constants.ZSTD_c_windowLog]: SMALL_WINDOW_LOG } })];
  return [
    { what: 'noise at gRPC', run: () => many(50, () => say(grpc, (socket) => socket.end(noise(random, 64 << 10)))) },
    {
      what: 'mutated sessions',
      run: () => many(400, () => say(grpc, (socket) => socket.end(mutated(session, random)))),
    },
    {
      what: 'zstd bombs in segments',
      run: () =>
        many(50, (n) =>
          inCall(grpc, [
            hello(n),
            { type: 'definitions', first: 0, series: [{ path: 'elsewhere/bomb', unit: '' }] },
            bombs[n % 2],
          ]),
        ),
    },
    { what: 'messages of 32 MiB', run: () => many(10, () => inCall(grpc, [Buffer.alloc(32 * MIB)])) },
    { what: 'calls without hello', run: () => many(1000, () => inCall(grpc, [])) },
  ];
}

/** Of the segment's compressed part, whose frame has room for 256 MiB in blocks of this size. */
const SMALL_WINDOW_LOG = 16;

/** A segment whose compressed part becomes 256 MiB; its checksum is right. */
function bomb(options?: ZstdOptions): AgentMessage {
  const rows = new BatchBuilder();
  for (let n = 0; n < 20_000; n++) rows.double(0, 1_700_000_000_000_000 + n * 1000, Math.floor(Math.sin(n) * 1000) / 8);
  const { bytes, samples } = encodeSegment(rows.take(), { effort: 'tight' });
  const data = Buffer.from(bytes);
  const at = data.indexOf(Buffer.from('28b52ffd', 'hex'));
  if (at < 0) throw new Error('the segment holds nothing that is compressed');
  const frame = zstdCompressSync(Buffer.alloc(256 * MIB), options);
  if (frame.length > data.length - 4 - at) throw new Error('the segment has no room for the bomb');
  frame.copy(data, at);
  const crc = crc32c(data.subarray(0, -4));
  data.writeUInt32LE(crc, data.length - 4);
  return { type: 'segment', lane: 2, sequences: { from: 1, to: 2 }, samples, crc, lastCrc: crc, data, seriesBound: 1 };
}

const CALL_MS = 1_500;

/** Says messages in a call of its own; hello is answered before the rest goes. */
async function inCall(grpc: Target, messages: readonly (AgentMessage | Buffer)[]): Promise<void> {
  const client = new Client(`${grpc.host}:${grpc.port}`, credentials.createInsecure(), {
    'grpc.use_local_subchannel_pool': 1,
    'grpc.max_send_message_length': -1,
  });
  const { path, requestSerialize } = syncService.session;
  const call = client.makeBidiStreamRequest<AgentMessage | Buffer, Buffer>(
    path,
    (message) => (Buffer.isBuffer(message) ? message : requestSerialize(message)),
    (bytes) => bytes,
  );
  const ended = new Promise((resolve) => call.on('status', resolve));
  // The status tells how it ended; whatever the hub does is right.
  call.on('error', () => undefined);
  const welcomed = new Promise((resolve) => call.on('data', resolve));
  for (const message of messages) {
    call.write(message);
    if (!Buffer.isBuffer(message) && message.type === 'hello') await Promise.race([welcomed, ended, pause(CALL_MS)]);
  }
  await Promise.race([ended, pause(CALL_MS)]);
  call.cancel();
  client.close();
}

function floods(grpc: Target): Attack[] {
  const settled = Buffer.concat([PREFACE, SETTINGS]);
  const flood = (frame: Buffer, frames: number) => async (): Promise<number> => {
    const chunk = Buffer.concat(Array.from({ length: 1000 }, () => frame));
    let bytes = 0;
    await many(4, () =>
      say(grpc, async (socket) => {
        socket.write(settled);
        bytes += await pour(socket, chunk, (frames / 4) * frame.length);
      }),
    );
    return bytes / frame.length;
  };
  return [
    { what: 'a flood of 200,000 PINGs', run: flood(PING, 200_000) },
    { what: 'a flood of 200,000 SETTINGS', run: flood(SETTINGS, 200_000) },
    { what: 'rapid reset, 100,000 streams', run: () => rapidReset(grpc, 100_000) },
  ];
}

/** HEADERS and RST_STREAM, one stream after another: CVE-2023-44487. */
async function rapidReset(grpc: Target, streams: number): Promise<number> {
  // Literal header fields without indexing, names and values as they are.
  const field = (name: string, value: string) =>
    Buffer.concat([Buffer.from([0, name.length]), Buffer.from(name), Buffer.from([value.length]), Buffer.from(value)]);
  const block = Buffer.concat([
    field(':method', 'POST'),
    field(':scheme', 'http'),
    field(':path', syncService.session.path),
    field(':authority', 'hub'),
    field('content-type', 'application/grpc'),
    field('te', 'trailers'),
  ]);
  const frame = (type: number, flags: number, stream: number, payload: Buffer): Buffer => {
    const head = Buffer.alloc(9);
    head.writeUIntBE(payload.length, 0, 3);
    head.writeUInt8(type, 3);
    head.writeUInt8(flags, 4);
    head.writeUInt32BE(stream, 5);
    return Buffer.concat([head, payload]);
  };
  const cancel = Buffer.from([0, 0, 0, 8]);
  let sent = 0;
  await many(4, () =>
    say(grpc, async (socket) => {
      socket.write(Buffer.concat([PREFACE, SETTINGS]));
      for (let n = 0; n < streams / 4 && !socket.destroyed; n += 100) {
        const some = Array.from({ length: 100 }, (_, i) => {
          const stream = 2 * (n + i) + 1;
          return Buffer.concat([frame(1, 4, stream, block), frame(3, 0, stream, cancel)]);
        });
        sent += some.length;
        await pour(socket, Buffer.concat(some), 1);
      }
    }),
  );
  return sent;
}

function atHttp(http: Target, random: Random): Attack[] {
  const query = Buffer.from('GET /api/v1/samples?series=lab/a&from=1&to=2&format=csv HTTP/1.1\r\nhost: hub\r\n\r\n');
  return [
    { what: 'noise at HTTP', run: () => many(50, () => say(http, (socket) => socket.end(noise(random, 64 << 10)))) },
    {
      what: 'mutated queries',
      run: () => many(400, () => say(http, (socket) => socket.end(mutated(query, random)))),
    },
    {
      what: 'endless headers at HTTP',
      run: () =>
        many(50, () =>
          say(http, (socket) => {
            socket.write('GET / HTTP/1.1\r\nhost: hub\r\n');
            return pour(socket, Buffer.from(`x-${'y'.repeat(1000)}: z\r\n`), 4 * MIB);
          }),
        ),
    },
  ];
}

function crowds(grpc: Target, http: Target, share: number): Attack[] {
  const each = Math.ceil((CROWD / 2) * share);
  return [
    {
      what: `${2 * each} connections at once`,
      run: async () => (await Promise.all([crowd(grpc, each, CROWD_MS), crowd(http, each, CROWD_MS)])).length * each,
    },
  ];
}
