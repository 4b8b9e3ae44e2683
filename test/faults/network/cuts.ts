import { setTimeout as pause } from 'node:timers/promises';
import { Random } from '../../e2e/random.ts';
import { plainFlow } from '../../e2e/site.ts';
import { until } from '../../e2e/until.ts';
import type { Fault } from '../fault.ts';
import { areUp } from '../what-is-down.ts';
import { missingForNetwork } from './edge-network.ts';
import { startFarSite } from './far-site.ts';
import { HonestClients, inWords } from './honest-clients.ts';
import { connections, descriptors } from './of-process.ts';

const ROUNDS = 200;
const CUT_MS = [50, 3_000] as const;
const UP_MS = [50, 1_000] as const;

export const cuts: Fault = {
  name: 'network-cuts',
  about: 'the lines of an agent under load, to its senders, to the hub or both, are cut 200 times for 50 ms to 3 s',
  seconds: 240,
  missing: missingForNetwork,
  async run({ seed, share, progress }) {
    const random = new Random(seed);
    await using far = await startFarSite(plainFlow);
    const { site, wan, field } = far;
    await using clients = new HonestClients({ url: site.linesUrl, seed });
    await until('the load passes', () => clients.sent.acknowledged.length > 0);
    const { agent, hub, ports } = site;
    const before = descriptors(agent.pid);
    const rounds = Math.ceil(ROUNDS * share);
    for (let round = 0; round < rounds; round++) {
      const lines = [[wan], [field], [wan, field]][random.whole(0, 3)];
      for (const line of lines) line.cut();
      await pause(drawn(random, CUT_MS));
      for (const line of lines) line.heal();
      await pause(drawn(random, UP_MS));
      if (round % 20 === 19) progress(`${round + 1} cuts, ${clients.sent.acknowledged.length} samples acknowledged`);
    }
    const healed = performance.now();
    await site.status('the uplink is connected', ({ uplink }) => uplink.state === 'connected');
    const seconds = ((performance.now() - healed) / 1000).toFixed(1);
    await clients.stop();
    await agent.drained();
    const judgement = await clients.judge(site.api);
    const sessions = connections(hub.pid, ports.grpc);
    const note = `HTTP 204 ${inWords(clients.latency())}; connected ${seconds} s after the last cut; agent's descriptors ${before} before, ${descriptors(agent.pid)} after; connections at the hub for one agent: ${sessions}`;
    const recovered = sessions === 1 && (await areUp(agent, hub));
    return { rounds, ...judgement, recovered, note };
  },
};

/** Short ones as often as long ones, by their order of magnitude. */
function drawn(random: Random, [least, most]: readonly [number, number]): number {
  return least * (most / least) ** random.next();
}
