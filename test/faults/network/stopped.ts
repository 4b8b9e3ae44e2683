import { setTimeout as pause } from 'node:timers/promises';
import { findProgram, startMosquittoOn } from '../../e2e/broker.ts';
import { freePort } from '../../e2e/free-port.ts';
import type { Fault } from '../fault.ts';
import { LoadedSite } from '../loaded-site.ts';
import { outcomeOf } from '../outcome.ts';

const SECOND = 1_000;

interface Stop {
  readonly who: string;
  readonly seconds: number;
  pids(site: LoadedSite): readonly number[];
}

const hub = (site: LoadedSite): number[] => [site.hub.pid];
const agent = (site: LoadedSite): number[] => [site.agent.pid];
const query = (site: LoadedSite): number[] => site.hub.children();

function broker(site: LoadedSite): number[] {
  const { pid } = site.broker;
  if (pid === undefined) throw new Error(`${site.broker.kind} has no process that could be stopped`);
  return [pid];
}

const STOPS: readonly Stop[] = [
  { who: 'hub', seconds: 3, pids: hub },
  { who: 'agent', seconds: 3, pids: agent },
  { who: 'query process', seconds: 15, pids: query },
  { who: 'broker', seconds: 5, pids: broker },
  { who: 'agent', seconds: 20, pids: agent },
  { who: 'hub and broker', seconds: 60, pids: (site) => [...hub(site), ...broker(site)] },
];

export const stopped: Fault = {
  name: 'stopped',
  about: 'hub, agent, query process and MQTT broker are stopped (SIGSTOP) for 3 s to a minute, and go on (SIGCONT)',
  seconds: 140,
  missing: () => (findProgram('mosquitto') === undefined ? 'mosquitto (package mosquitto)' : undefined),
  async run({ folder, seed, share, progress }) {
    // Not that of MQTT_URL or a container, whose process is not ours to stop.
    const broker = await startMosquittoOn(folder, await freePort());
    await using site = await LoadedSite.start({ folder, seed, broker });
    const notes: string[] = [];
    for (const { who, seconds, pids } of STOPS) {
      const stoppedPids = pids(site);
      const before = site.acknowledged;
      for (const pid of stoppedPids) process.kill(pid, 'SIGSTOP');
      await pause(seconds * share * SECOND);
      const meanwhile = site.acknowledged - before;
      for (const pid of stoppedPids) process.kill(pid, 'SIGCONT');
      const recovery = await site.passes(`${who} went on`);
      notes.push(
        `${who} ${seconds} s: ${meanwhile} acknowledged meanwhile, passing again after ${(recovery / SECOND).toFixed(1)} s`,
      );
      progress(notes[notes.length - 1]);
    }
    return outcomeOf(STOPS.length, await site.settle(), ...notes);
  },
};
