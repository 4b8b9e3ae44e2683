import type { HubClient } from '../../e2e/hub-client.ts';
import type { Judgement } from './judge.ts';

/**
 * Compares what the hub has of the agents of a fleet with what each has sent: its series has the values from 1 to `each`, at
 * as many µs. What the hub counted of each agent tells of repeats, too.
 */
export async function countFleet(
  api: HubClient,
  { agents, each }: { agents: number; each: number },
): Promise<Judgement> {
  let [lost, double] = [0, 0];
  for (let id = 0; id < agents; id++) {
    const { time, value } = await api.numbers(`lab/fleet-${id}/value`);
    const there = new Set(time);
    lost += each - there.size;
    double += time.length - there.size + time.filter((t, i) => value[i] !== t).length;
  }
  for (const { id, acked } of await api.agents())
    if (id.startsWith('fleet-')) double += Math.max(0, acked.samples - each);
  return { acknowledged: agents * each, lost, double };
}
