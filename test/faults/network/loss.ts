import { plainFlow } from '../../e2e/site.ts';
import type { Fault } from '../fault.ts';
import { areUp } from '../what-is-down.ts';
import { missingForNetwork } from './edge-network.ts';
import { startFarSite } from './far-site.ts';
import { HonestClients, inWords } from './honest-clients.ts';
import { liveLatency } from './live-latency.ts';

const PERCENTAGES = [1, 5, 20];
const EACH_MS = 15_000;

export const loss: Fault = {
  name: 'packet-loss',
  about: 'packets are dropped at random, 1, 5 and 20 %, between senders and agent, and between agent and hub',
  seconds: 65,
  missing: missingForNetwork,
  async run({ seed, share, progress }) {
    await using far = await startFarSite(plainFlow);
    const { site, wan, field } = far;
    await using clients = new HonestClients({ url: site.linesUrl, seed });
    const notes: string[] = [];
    for (const lossPercent of PERCENTAGES) {
      wan.trouble({ lossPercent });
      field.trouble({ lossPercent });
      clients.latency();
      const until = performance.now() + EACH_MS * share;
      const live = await liveLatency(site, until);
      notes.push(`${lossPercent} %: HTTP 204 ${inWords(clients.latency())}, live ${inWords(live)}`);
      progress(notes[notes.length - 1]);
    }
    for (const line of [wan, field]) line.heal();
    await clients.stop();
    await site.agent.drained();
    const judgement = await clients.judge(site.api);
    const rounds = wan.dropped + field.dropped;
    const recovered = await areUp(site.agent, site.hub);
    return { rounds, ...judgement, recovered, note: `rounds are packets dropped; ${notes.join('; ')}` };
  },
};
