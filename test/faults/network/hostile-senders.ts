import type { Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import type { AgentProgram } from '../../e2e/processes.ts';
import { Random } from '../../e2e/random.ts';
import { plainFlow, Site } from '../../e2e/site.ts';
import type { Fault } from '../fault.ts';
import { areUp } from '../what-is-down.ts';
import { type Attack, crowd, many, mutated, noise, pour, say, type Target, underAttack } from './attack.ts';
import { HonestApart } from './honest-apart.ts';
import { misdeeds, startHostileBroker } from './hostile-broker.ts';
import { descriptors } from './of-process.ts';

const MIB = 1 << 20;
const CROWD = 10_000;
const CROWD_MS = 3_000;
/** More than a source takes at once. */
const SILENT = 1_000;
const LORIS_MS = 4_000;
const BROKERS_MS = 12_000;

export const hostileSenders: Fault = {
  name: 'hostile-senders',
  about:
    "garbage, endless lines, bombs, slow loris, crowds and hostile brokers at the agent's sources, beside honest clients",
  seconds: 90,
  async run({ seed, share, progress }) {
    const random = new Random(seed);
    await using brokers = new AsyncDisposableStack();
    const hostile = await Promise.all(
      Object.keys(misdeeds).map(async (misdeed) => brokers.use(await startHostileBroker(misdeed, random))),
    );
    const sources = hostile.map(
      ({ port }, n) =>
        `  m${n}: { type: mqtt, url: 'mqtt://127.0.0.1:${port}', topics: ['plant/#'], clientId: c${n} }\n`,
    );
    const names = hostile.map((_, n) => `m${n}`).join(', ');
    await using site = await Site.open({
      flow: (ports) =>
        plainFlow(ports)
          .replace('streams:', `${sources.join('')}streams:`)
          .replace('tcp]', `tcp, ${names}]`),
    });
    await Promise.all([site.hub.start(), site.agent.start()]);
    const { agent, hub, ports } = site;
    await using clients = new HonestApart({ url: site.linesUrl, seed });
    const tcp = { host: '127.0.0.1', port: ports.tcp };
    const http = { host: '127.0.0.1', port: ports.lines };
    const before = descriptors(agent.pid);
    const brokersAct: Attack = {
      what: `MQTT brokers with ${Object.keys(misdeeds).join(', ')}`,
      run: async () => {
        await pause(BROKERS_MS * share);
        // Each attack by itself: what the agent takes of the next is not theirs.
        await brokers.disposeAsync();
        return hostile.reduce((sum, { connections }) => sum + connections, 0);
      },
    };
    const attacks = [brokersAct, ...overTcp(tcp, random), ...overHttp(http, random), ...crowds(tcp, http, share)];
    const victims = { agent: () => agent.pid };
    const { rounds, notes } = await underAttack({ attacks, clients, victims, progress });
    const judgement = await clients.judge(site.api, { drained: () => agent.drained() });
    const newcomers = (await site.api.series('lab/newcomer/force')).length;
    const note = `peak RSS, and how long an acknowledgement took: ${notes.join('; ')}; descriptors ${before} before, ${descriptors(agent.pid)} after; the newcomer's line is ${newcomers === 1 ? 'stored' : 'LOST'}`;
    const recovered = newcomers === 1 && (await areUp(withoutHostile(agent), hub));
    return { rounds, ...judgement, recovered, note };
  },
};

/** Sources whose hostile brokers are gone wait for them: nothing else could be asked of them. */
function withoutHostile(agent: AgentProgram): Parameters<typeof areUp>[0] {
  return {
    get running() {
      return agent.running;
    },
    async status() {
      const status = await agent.status();
      const { http, tcp } = status.sources;
      return { ...status, sources: { http, tcp } };
    },
  };
}

function overTcp(tcp: Target, random: Random): Attack[] {
  const lines = Buffer.from('temperature,machine=hostile value=20.5 1700000000000000000\n'.repeat(50));
  return [
    { what: 'noise by TCP', run: () => many(50, () => say(tcp, (socket) => socket.end(noise(random, 64 << 10)))) },
    {
      what: 'mutated lines by TCP',
      run: () => many(400, () => say(tcp, (socket) => socket.end(mutated(lines, random)))),
    },
    {
      what: 'endless lines by TCP',
      run: () => many(20, () => say(tcp, (socket) => pour(socket, Buffer.alloc(MIB, 'x'), 16 * MIB))),
    },
    {
      what: 'text that is not UTF-8',
      run: () => many(20, () => say(tcp, (socket) => socket.end(Buffer.from('t,m=\xff\xfe value=1 1\n', 'latin1')))),
    },
  ];
}

function overHttp(http: Target, random: Random): Attack[] {
  const bomb = gzipSync(Buffer.alloc(512 * MIB));
  const body = 'temperature,machine=hostile value=20.5 1700000000000000000\n';
  const real = Buffer.from(
    `POST /api/v2/write?precision=ns HTTP/1.1\r\nhost: agent\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  );
  const head = 'POST /api/v2/write HTTP/1.1\r\nhost: agent\r\n';
  return [
    {
      what: 'gzip bombs (512 MiB each)',
      run: () =>
        many(20, () =>
          say(http, (socket) => {
            socket.write(`${head}content-encoding: gzip\r\ncontent-length: ${bomb.length}\r\n\r\n`);
            return pour(socket, bomb, bomb.length);
          }),
        ),
    },
    {
      what: 'mutated requests',
      run: () => many(400, () => say(http, (socket) => socket.end(mutated(real, random)))),
    },
    {
      what: 'a length of 2^53, and endless chunks',
      run: () =>
        many(20, (n) =>
          say(http, (socket) => {
            socket.write(`${head}${n % 2 ? 'content-length: 9007199254740992' : 'transfer-encoding: chunked'}\r\n\r\n`);
            return pour(socket, Buffer.from(`10000\r\n${'x'.repeat(65_536)}\r\n`), 48 * MIB);
          }),
        ),
    },
    {
      what: 'endless headers',
      run: () =>
        many(50, () =>
          say(http, (socket) => {
            socket.write(head);
            return pour(socket, Buffer.from(`x-${'y'.repeat(1000)}: z\r\n`), 4 * MIB);
          }),
        ),
    },
    {
      what: 'slow loris',
      run: () =>
        many(200, (n) =>
          say(http, (socket) => drip(socket, n % 2 ? head : `${head}content-length: 99\r\n\r\n`), LORIS_MS),
        ),
    },
  ];
}

function crowds(tcp: Target, http: Target, share: number): Attack[] {
  const each = Math.ceil((CROWD / 2) * share);
  const newcomer = 'force,machine=newcomer value=1 1700000000000000000\n';
  return [
    {
      what: `a newcomer by TCP while ${SILENT} silent connections take all places`,
      run: async () => {
        const held = crowd(tcp, SILENT, CROWD_MS);
        await pause(CROWD_MS / 2);
        await say(tcp, (socket) => socket.end(newcomer));
        return held;
      },
    },
    {
      what: `${2 * each} connections at once`,
      run: async () => (await Promise.all([crowd(tcp, each, CROWD_MS), crowd(http, each, CROWD_MS)])).length * each,
    },
  ];
}

/** One byte after another. */
async function drip(socket: Socket, text: string): Promise<void> {
  for (const character of `${text}${'x'.repeat(1000)}`) {
    if (socket.destroyed) return;
    socket.write(character);
    await pause(100);
  }
}
