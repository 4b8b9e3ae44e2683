import { plainFlow } from '../../e2e/site.ts';
import { until } from '../../e2e/until.ts';
import type { Fault } from '../fault.ts';
import { quantile } from '../outcome.ts';
import { areUp } from '../what-is-down.ts';
import { missingForNetwork } from './edge-network.ts';
import { startFarSite } from './far-site.ts';
import { countFleet } from './count-fleet.ts';
import { Fleet } from './fleet.ts';
import { HonestClients } from './honest-clients.ts';
import { connections, descriptors } from './of-process.ts';

/** Agents beside the whole one: a process of uplinks. */
const FLEET = 49;
/** Each takes until keepalive notices, which nothing shortens: fifty one after another, `--share 25`, take 25 minutes. */
const LOSSES = 2;
/** Keepalive pings after 20 s of silence, and waits 10 s for the answer; the rest is for a busy machine. */
const NOTICED_MS = 45_000;
const BACK_MS = 30_000;

export const halfOpenUplink: Fault = {
  name: 'half-open-uplink',
  about:
    '50 agents (one whole, 49 production uplinks with an outbox in memory) and their hub vanish from each other without a word, twice, under load',
  seconds: 100,
  missing: missingForNetwork,
  async run({ seed, share, progress }) {
    await using far = await startFarSite(plainFlow);
    const { site, network, wan } = far;
    const { agent, hub, api, ports } = site;
    await using fleet = new Fleet({
      port: ports.grpc,
      agents: FLEET,
      processes: 1,
      namespace: network.namespace,
    });
    await using clients = new HonestClients({ url: site.linesUrl, seed });
    const agents = FLEET + 1;
    const allBack = (): Promise<boolean> =>
      until(
        'all are connected, once each',
        async () => {
          const shown = (await api.agents()).filter(({ connected }) => connected).length;
          const open = connections(hub.pid, ports.grpc);
          if (shown !== agents || open !== agents)
            throw new Error(`${shown} are shown as connected, by ${open} sockets`);
          return true;
        },
        { withinMs: BACK_MS },
      );
    await allBack();
    const before = { agent: descriptors(agent.pid), hub: descriptors(hub.pid) };
    const noticed: Record<'agent' | 'hub' | 'back', number[]> = { agent: [], hub: [], back: [] };
    const losses = Math.max(1, Math.round(LOSSES * share));
    for (let loss = 0; loss < losses; loss++) {
      wan.cut();
      const began = performance.now();
      const after = (): number => (performance.now() - began) / 1000;
      const limit = { withinMs: NOTICED_MS };
      await Promise.all([
        until('the agents notice', async () => (await agent.status()).uplink.state !== 'connected', limit).then(() =>
          noticed.agent.push(after()),
        ),
        until('all of the fleet notice', async () => (await fleet.state()).connected === 0, limit),
        until('the hub notices', async () => (await api.agents()).every(({ connected }) => !connected), limit).then(
          () => noticed.hub.push(after()),
        ),
      ]);
      fleet.append(3);
      wan.heal();
      const healed = performance.now();
      await allBack();
      noticed.back.push((performance.now() - healed) / 1000);
      progress(`loss ${loss + 1}: noticed after ${after().toFixed(0)} s, all back`);
    }
    await until('the fleet has nothing left', async () => (await fleet.state()).drained === FLEET);
    await clients.stop();
    await agent.drained();
    const judgement = await clients.judge(api);
    const { appended } = await fleet.state();
    const counted = await countFleet(api, { agents: FLEET, each: appended });
    const after = { agent: descriptors(agent.pid), hub: descriptors(hub.pid) };
    const seconds = (values: readonly number[]) => `${quantile(values, 1).toFixed(1)} s`;
    const note = `noticed by the agent within ${seconds(noticed.agent)}, by the hub ${seconds(noticed.hub)}, all back within ${seconds(noticed.back)}; descriptors before and after: agent ${before.agent}, ${after.agent}, hub ${before.hub}, ${after.hub}`;
    return {
      rounds: losses * agents,
      acknowledged: judgement.acknowledged + counted.acknowledged,
      lost: judgement.lost + counted.lost,
      double: judgement.double + counted.double,
      recovered: await areUp(agent, hub),
      note,
    };
  },
};
