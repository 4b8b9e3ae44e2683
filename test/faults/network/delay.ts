import { freePort } from '../../e2e/free-port.ts';
import { plainFlow, Site } from '../../e2e/site.ts';
import { startDelayProxy } from '../../sync/delay-proxy.ts';
import type { Fault } from '../fault.ts';
import { areUp } from '../what-is-down.ts';
import { HonestClients, inWords } from './honest-clients.ts';
import { liveLatency } from './live-latency.ts';

/** ms of each direction, and as much again at random for each chunk. */
const DELAYS = [20, 200, 1_000, 2_000];
const EACH_MS = 10_000;
const DRAIN_MS = 60_000;

export const delay: Fault = {
  name: 'delay',
  about: 'what agent and hub say to each other comes 20 ms to 4 s later, with jitter (TCP shows nothing reordered)',
  seconds: 75,
  async run({ seed, share, progress }) {
    const hubPort = await freePort();
    await using proxy = await startDelayProxy({ port: hubPort, delayMs: 0 });
    await using site = await Site.start({ flow: plainFlow, grpc: { hub: hubPort, agent: proxy.port } });
    await using clients = new HonestClients({ url: site.linesUrl, seed });
    const notes: string[] = [];
    for (const delayMs of DELAYS) {
      proxy.delay = { delayMs, jitterMs: delayMs };
      clients.latency();
      const live = await liveLatency(site, performance.now() + EACH_MS * share);
      const { uplink } = await site.agent.status();
      notes.push(`${delayMs} to ${2 * delayMs} ms: live ${inWords(live)}, uplink ${uplink.state}`);
      progress(notes[notes.length - 1]);
    }
    await clients.stop();
    await site.agent.drained(DRAIN_MS);
    const judgement = await clients.judge(site.api);
    const recovered = await areUp(site.agent, site.hub);
    const note = `one way, ${notes.join('; ')}; reordering is not applicable: TCP hands bytes on in order`;
    return { rounds: DELAYS.length, ...judgement, recovered, note };
  },
};
