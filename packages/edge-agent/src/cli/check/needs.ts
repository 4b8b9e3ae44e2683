import { type Finding, parseAddress, portProbe, type Probe } from '@sluis/plugin-sdk';
import { describe } from '@sluis/runtime';
import { hubAddress } from '../../config/hub-address.ts';
import type { LoadedConfig } from '../../config/load.ts';
import { probesOf } from '../../sources/index.ts';
import { hubProbe } from '../../uplink/probe.ts';
import { dataFolderProbe, spaceProbe } from './data-folder.ts';

/** Something that the agent needs, and for what. */
export interface Need {
  readonly part: Part;
  readonly probe: Probe;
}

export type Part = { readonly kind: 'agent' | 'hub' } | { readonly kind: 'source'; readonly name: string };

export interface Looked {
  readonly part: Part;
  readonly need: string;
  readonly finding: Finding;
}

/** All that a configuration needs, in the order of the flow. */
export function needsOf({ config, secrets }: LoadedConfig): Need[] {
  const { agent, folder, hub, journal, outbox, sources } = config;
  const found = hubAddress(hub.url);
  const address = 'address' in found ? parseAddress(found.address) : undefined;
  const quotas = (journal.hardQuota ?? 2 * journal.quota) + outbox.quota;
  const ofAgent = [
    dataFolderProbe(agent.data),
    spaceProbe(agent.data, quotas),
    portProbe(agent.status),
    // Without them there would be no configuration to look at.
    ...secrets.map((file): Probe => ({
      need: `secret ${file}`,
      look: async () => ({ there: true, detail: 'is there' }),
    })),
  ];
  return [
    ...ofAgent.map((probe) => ({ part: { kind: 'agent' } as const, probe })),
    ...Object.entries(sources).flatMap(([name, { type, config }]) =>
      probesOf(type, { name, site: agent.site, agent: agent.id, config, folder }).map((probe) => ({
        part: { kind: 'source', name } as const,
        probe,
      })),
    ),
    ...(address ? [{ part: { kind: 'hub' } as const, probe: hubProbe(address) }] : []),
  ];
}

/** Looks at all at once, none longer than `ms`; the signal ends them all, and is thrown then. */
export async function lookAtAll(
  needs: readonly Need[],
  { ms, signal }: { ms: number; signal: AbortSignal },
): Promise<Looked[]> {
  const looked = await Promise.all(
    needs.map(async ({ part, probe }) => ({ part, need: probe.need, finding: await lookFor(ms, probe, signal) })),
  );
  signal.throwIfAborted();
  return looked;
}

/** A probe that does not heed its signal is not waited for either. */
async function lookFor(ms: number, probe: Probe, signal: AbortSignal): Promise<Finding> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(ms)]);
  const ended = Promise.withResolvers<Finding>();
  const end = (): void => ended.resolve({ there: false, reason: `no answer within ${ms / 1000} s` });
  limit.addEventListener('abort', end, { once: true });
  try {
    return await Promise.race([probe.look(limit), ended.promise]);
  } catch (error) {
    if (limit.aborted) return await ended.promise;
    return { there: false, reason: describe(error) };
  } finally {
    limit.removeEventListener('abort', end);
  }
}
