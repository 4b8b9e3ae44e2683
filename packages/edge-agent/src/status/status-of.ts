import { describe, type Supervisor } from '@sluis/runtime';
import type { AgentConfig } from '../config/schema.ts';
import type { Engine } from '../engine.ts';
import { version } from '../version.ts';
import type { AgentStatus } from './agent-status.ts';

export interface StatusParts {
  readonly agent: AgentConfig['agent'];
  readonly engine: Supervisor<Engine>;
  readonly uptimeMs: number;
}

/** Asks each part; a part that is being restarted is shown as absent, with the reason. */
export async function statusOf({ agent, engine, uptimeMs }: StatusParts): Promise<AgentStatus> {
  const about = { id: agent.id, site: agent.site, version, uptimeSeconds: Math.floor(uptimeMs / 1000) };
  const current = engine.current;
  if (!current) return { ...absent(about), problems: [engine.failure ?? 'starting'] };
  try {
    const { storage, uplink } = current;
    const [{ sources, streams }, journal, outbox] = await Promise.all([
      current.pipeline(),
      storage.journal.stats(),
      storage.outbox.stats(),
    ]);
    const { acked } = outbox;
    return {
      agent: about,
      sources,
      streams,
      journal,
      outbox,
      uplink: { state: uplink.state, detail: uplink.detail, acked: acked.samples },
      shed: lost({
        damaged: journal.damaged.samples + outbox.damaged.samples,
        refused: outbox.refused.samples,
      }),
      problems: Object.entries(sources).flatMap(([name, { state, detail }]) =>
        state === 'degraded' || state === 'waiting' ? [`source ${name} is ${state}${detail ? `: ${detail}` : ''}`] : [],
      ),
    };
  } catch (error) {
    return { ...absent(about), problems: [describe(error)] };
  }
}

/** Only the reasons for which something was given up. */
function lost(reasons: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(reasons).filter(([, samples]) => samples > 0));
}

function absent(agent: AgentStatus['agent']): Omit<AgentStatus, 'problems'> {
  return {
    agent,
    sources: {},
    streams: {},
    journal: null,
    outbox: null,
    uplink: { state: 'connecting', detail: null, acked: 0 },
    shed: {},
  };
}
