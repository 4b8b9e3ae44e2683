import { setTimeout as pause } from 'node:timers/promises';
import type { AgentProgram, HubProgram } from '../e2e/processes.ts';

/** Until what had to wait is tried again. */
const WITHIN_MS = 90_000;
const POLL_MS = 200;

type Agent = Pick<AgentProgram, 'running' | 'status'>;
type Hub = Pick<HubProgram, 'running' | 'url' | 'children'>;

/** Whether all of agent (if there is one) and hub is up at the end of a test, or is soon, with nobody's help; what is not is told. */
export async function areUp(agent: Agent | undefined, hub: Hub, withinMs = WITHIN_MS): Promise<boolean> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const down = await whatIsDown(agent, hub);
    if (down.length === 0) return true;
    if (performance.now() > deadline) {
      for (const one of down) console.error(`  ${one}`);
      return false;
    }
    await pause(POLL_MS);
  }
}

/**
 * What of agent and hub is not up, for people: processes, the hub's store and queries, the agent's storage, sources, streams
 * and uplink.
 */
export async function whatIsDown(agent: Agent | undefined, hub: Hub): Promise<string[]> {
  const dead = Object.entries({ agent, hub }).flatMap(([name, program]) =>
    program?.running === false ? [`the ${name} does not run`] : [],
  );
  if (dead.length > 0) return dead;
  const down: string[] = [];
  const ready = await fetch(`${hub.url}/readyz`);
  if (!ready.ok) down.push(`the hub is not ready: ${await ready.text()}`);
  if (hub.children().length !== 1) down.push(`the hub has ${hub.children().length} query processes`);
  if (agent === undefined) return down;
  const { sources, streams, uplink, journal, outbox } = await agent.status();
  if (journal === null || outbox === null) down.push("the agent's storage is away");
  if (uplink.state !== 'connected') down.push(`the uplink is ${uplink.state}`);
  for (const [kind, parts] of Object.entries({ source: sources, stream: streams })) {
    for (const [name, { state }] of Object.entries(parts)) {
      if (state !== 'running') down.push(`the ${kind} ${name} is ${state}`);
    }
  }
  return down;
}
