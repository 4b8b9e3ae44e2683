import { setTimeout as pause } from 'node:timers/promises';
import { plainFlow, Site } from '../../e2e/site.ts';
import { until } from '../../e2e/until.ts';
import type { Fault } from '../fault.ts';
import { areUp } from '../what-is-down.ts';
import { countFleet } from './count-fleet.ts';
import { Fleet } from './fleet.ts';
import { connections, descriptors, peakRss } from './of-process.ts';
import { quantile } from '../outcome.ts';
import { Readiness } from './readiness.ts';

const AGENTS = 500;
const PROCESSES = 2;
const KILLS = 3;
/** Segments of each agent that wait when the hub comes back. */
const BACKLOG = 20;
const AWAY_MS = 4_000;
const WITHIN_MS = 90_000;
const LOOK_MS = 100;

export const reconnect500: Fault = {
  name: 'reconnect-500',
  about:
    'the hub of 500 agents (production uplinks with an outbox in memory) is killed and started again, three times: all come back at once, with a backlog',
  seconds: 75,
  async run({ share, progress }) {
    await using site = await Site.open({ flow: plainFlow });
    const { hub, api, ports } = site;
    await hub.start();
    await using fleet = new Fleet({ port: ports.grpc, agents: AGENTS, processes: PROCESSES });
    fleet.append(1);
    await untilDrained(fleet, 'all agents have sent their first');
    const before = descriptors(hub.pid);
    const kills = Math.max(1, Math.round(KILLS * share));
    const notes: string[] = [];
    for (let kill = 1; kill <= kills; kill++) {
      await hub.kill();
      fleet.append(BACKLOG);
      await pause(AWAY_MS);
      await hub.start();
      const back = Date.now();
      await using readiness = new Readiness(hub.url);
      const { connectedAt } = await untilDrained(fleet, `all agents are back after kill ${kill}`);
      // Below 0: before a question whether it is ready was answered.
      const after = connectedAt.map((at) => at - back).sort((a, b) => a - b);
      const drained = Date.now() - back;
      notes.push(
        `kill ${kill}: back ${spread(after)} after it was ready, all drained after ${seconds(drained)} s, readyz ${await readiness.inWords()}`,
      );
      progress(notes[notes.length - 1]);
    }
    const { appended, rss } = await fleet.state();
    const counted = await countFleet(api, { agents: AGENTS, each: appended });
    const atFirst = connections(hub.pid, ports.grpc);
    const sockets = await connectionsInTheEnd(hub.pid, ports.grpc);
    const note = `${notes.join('; ')}; hub: ${atFirst} connections at first, ${sockets} in the end, ${descriptors(hub.pid)} descriptors (${before} before), peak RSS ${peakRss(hub.pid)} MB; ${PROCESSES} processes of agents: ${Math.round(rss / 1e6)} MB`;
    const recovered = sockets === AGENTS && (await areUp(undefined, hub));
    return { rounds: kills * AGENTS, ...counted, recovered, note };
  },
};

/** An agent that gave up one connection for another may have both until the hub closes the first. */
async function connectionsInTheEnd(pid: number, port: number): Promise<number> {
  const deadline = performance.now() + WITHIN_MS;
  for (;;) {
    const sockets = connections(pid, port);
    if (sockets === AGENTS || performance.now() > deadline) return sockets;
    await pause(LOOK_MS);
  }
}

function untilDrained(fleet: Fleet, what: string) {
  return until(
    what,
    async () => {
      const state = await fleet.state();
      if (state.drained < AGENTS || state.connected < AGENTS)
        throw new Error(`${state.connected} are connected, ${state.drained} have nothing left`);
      return state;
    },
    { withinMs: WITHIN_MS },
  );
}

function spread(sorted: readonly number[]): string {
  const [first, middle, last] = [0, 0.5, 1].map((share) => seconds(quantile(sorted, share)));
  return `${first} to ${last} s (half by ${middle})`;
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(1);
}
