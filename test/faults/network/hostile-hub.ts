import { setTimeout as pause } from 'node:timers/promises';
import { Server, ServerCredentials, type ServerDuplexStream } from '@grpc/grpc-js';
import type { HubMessage } from '@sluis/protocol';
import { decodeAgentMessage, encodeHubMessage, syncService } from '@sluis/protocol/sync';
import { plainFlow, Site } from '../../e2e/site.ts';
import { until } from '../../e2e/until.ts';
import type { Fault } from '../fault.ts';
import { areUp } from '../what-is-down.ts';
import { HonestClients, inWords } from './honest-clients.ts';
import { forgetPeak, peakRss } from './of-process.ts';

const FAR = Number.MAX_SAFE_INTEGER;
const MIB = 1 << 20;
const EACH_MS = 1_000;
const FLOOD = 20_000;

type Call = ServerDuplexStream<Buffer, Buffer>;

/** What a hub does once an agent has said hello. It acks nothing that it was sent, so that nothing may be gone. */
const misdeeds: Readonly<Record<string, (call: Call) => unknown>> = {
  'a welcome that has received everything': (call) => tell(call, welcome([{ from: 1, to: FAR }])),
  'a welcome that knows all series': (call) => tell(call, { ...welcome([]), knownSeries: 2 ** 32 - 1 }),
  'a welcome of 50,000 ranges': (call) => {
    const ranges = Array.from({ length: 50_000 }, (_, n) => ({ from: 2 * n + 1, to: 2 * n + 2 }));
    tell(call, welcome(ranges.toReversed()));
  },
  'acks of what was never sent': (call) => {
    tell(call, { ...welcome([]), credit: 0 });
    for (let n = 0; n < FLOOD; n++) tell(call, ack(1, FAR));
  },
  'an ack before the welcome': (call) => tell(call, ack(1, 1000)),
  'a second welcome': (call) => {
    tell(call, welcome([]));
    tell(call, welcome([{ from: 1, to: 5 }]));
  },
  'negative numbers': (call) =>
    call.write(Buffer.from('0a1a10ffffffffffffffffff0118ffffffffffffffffff0120ffffffffffffffffff01', 'hex')),
  noise: (call) => call.write(Buffer.alloc(500, 0x5a)),
  'a giant message': (call) => call.write(Buffer.alloc(32 * MIB)),
  'a flood of acks of nothing': (call) => {
    tell(call, welcome([]));
    for (let n = 0; n < FLOOD; n++) tell(call, { type: 'ack', received: [], knownSeries: 0, credit: 8 * MIB });
  },
  'a flood of refusals': (call) => {
    for (let n = 0; n < FLOOD; n++)
      tell(call, {
        type: 'refusal',
        reason: 'protocol',
        message: 'x'.repeat(500),
        segment: { lane: 2, sequences: { from: n + 1, to: n + 2 } },
      });
  },
  'no credit': (call) => tell(call, { ...welcome([]), credit: 0 }),
  'an end': (call) => call.end(),
  silence: () => undefined,
};

export const hostileHub: Fault = {
  name: 'hostile-hub',
  about: 'a hub that welcomes and acks what was never sent, floods, lies and is silent; then the right one comes back',
  seconds: 110,
  async run({ seed, share, progress }) {
    await using site = await Site.open({ flow: plainFlow });
    const { agent, hub, ports } = site;
    await agent.start();
    await using clients = new HonestClients({ url: site.linesUrl, seed });
    const notes: string[] = [];
    let connections = 0;
    forgetPeak(agent.pid);
    for (const [what, act] of Object.entries(misdeeds)) {
      const hostile = await startHub(ports.grpc, (call) => {
        connections++;
        act(call);
      });
      const before = connections;
      // The agent comes when its pause is over.
      await until(`the agent has come to ${what}`, () => connections > before);
      await pause(EACH_MS * share);
      hostile.forceShutdown();
      progress(
        `${what}: ${connections - before} connections, agent ${peakRss(agent.pid)} MB, ${agent.running ? 'up' : 'DOWN'}`,
      );
      notes.push(`${what} ${connections - before}`);
    }
    const latency = inWords(clients.latency());
    const peak = peakRss(agent.pid);
    await hub.start();
    await clients.stop();
    await agent.drained();
    const judgement = await clients.judge(site.api);
    const note = `connections: ${notes.join(', ')}; agent's peak RSS ${peak} MB; honest senders' 204 ${latency}`;
    return { rounds: connections, ...judgement, recovered: await areUp(agent, hub), note };
  },
};

function welcome(ranges: readonly { from: number; to: number }[]): Extract<HubMessage, { type: 'welcome' }> {
  const received = ranges.length > 0 ? [{ lane: 2 as const, ranges, highestCrc: 1 }] : [];
  return { type: 'welcome', version: 2, received, knownSeries: 0, credit: 8 * MIB };
}

function ack(from: number, to: number): HubMessage {
  return {
    type: 'ack',
    received: [{ lane: 2, ranges: [{ from, to }], highestCrc: 0 }],
    knownSeries: 0,
    credit: 8 * MIB,
  };
}

function tell(call: Call, message: HubMessage): void {
  call.write(Buffer.from(encodeHubMessage(message)));
}

async function startHub(port: number, act: (call: Call) => void): Promise<Server> {
  const server = new Server({ 'grpc.max_send_message_length': -1 });
  const same = (bytes: Buffer): Buffer => bytes;
  const { path } = syncService.session;
  const session = {
    path,
    requestStream: true,
    responseStream: true,
    requestSerialize: same,
    requestDeserialize: same,
    responseSerialize: same,
    responseDeserialize: same,
  };
  server.addService(
    { session },
    {
      session: (call: Call) => {
        call.on('data', (bytes: Buffer) => {
          if (decodeAgentMessage(bytes).type === 'hello') act(call);
        });
        call.on('error', () => call.end());
      },
    },
  );
  await new Promise<void>((resolve, reject) =>
    server.bindAsync(`127.0.0.1:${port}`, ServerCredentials.createInsecure(), (error) =>
      error ? reject(error) : resolve(),
    ),
  );
  return server;
}
