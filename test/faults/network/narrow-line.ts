import { plainFlow } from '../../e2e/site.ts';
import { until } from '../../e2e/until.ts';
import type { Fault } from '../fault.ts';
import { areUp } from '../what-is-down.ts';
import { missingForNetwork } from './edge-network.ts';
import { startFarSite } from './far-site.ts';
import { HonestClients, inWords } from './honest-clients.ts';
import { liveLatency } from './live-latency.ts';
import { forgetPeak, peakRss } from './of-process.ts';

const BITS_PER_SECOND = 1_000_000;
/** A router holds so much of what it cannot send yet. */
const QUEUE_MS = 200;
/** Small, so that more comes than passes: intake has to wait. */
const QUOTA = '1MiB';
const FULL_MS = 60_000;
const MEASURED_MS = 30_000;
const DRAIN_MS = 120_000;

export const narrowLine: Fault = {
  name: 'narrow-line',
  about: 'the line to the hub takes 1 Mbit/s, under a backlog and more than it takes, until senders have to wait',
  seconds: 90,
  missing: missingForNetwork,
  async run({ seed, share, progress }) {
    const quotas = `journal: { quota: ${QUOTA}, hardQuota: ${QUOTA} }\noutbox: { quota: ${QUOTA} }\n`;
    await using far = await startFarSite((ports) => quotas + plainFlow(ports));
    const { site, wan } = far;
    forgetPeak(site.agent.pid);
    wan.cut();
    await using heavy = new HonestClients({
      url: site.linesUrl,
      seed,
      samplesPerBody: 4_000,
      restMs: 1,
      name: 'heavy',
    });
    const held = async () => {
      const { repeats } = heavy.sent;
      if (repeats === 0) throw new Error(`${heavy.sent.acknowledged.length} samples were taken, none refused`);
      return true;
    };
    await until('senders are told to wait', held, { withinMs: FULL_MS });
    const taken = heavy.sent.acknowledged.length;
    progress(`senders wait after ${taken} samples`);
    wan.narrow(BITS_PER_SECOND, QUEUE_MS);
    wan.heal();
    // The heavy ones would leave a probe no turn at the agent's door: the line stays full from what they left.
    const stopped = heavy.stop();
    const live = await liveLatency(site, performance.now() + MEASURED_MS * share);
    await stopped;
    await site.agent.drained(DRAIN_MS);
    const judgement = await heavy.judge(site.api);
    const note = `back-pressure after ${taken} samples (429, ${heavy.sent.repeats} repeats); live with a backlog ${inWords(live)} of ${live.count}; agent's peak RSS ${peakRss(site.agent.pid)} MB`;
    return { rounds: 1, ...judgement, recovered: await areUp(site.agent, site.hub), note };
  },
};
