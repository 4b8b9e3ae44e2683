import { type Address, formatAddress } from '@sluis/plugin-sdk';
import type { AgentStatus } from '../../status/agent-status.ts';
import type { Looked } from './needs.ts';

/** The status of the agent that a configuration belongs to, if it is running and answers. */
export async function runningAgent(
  { id, status }: { id: string; status: Address },
  { ms, signal }: { ms: number; signal: AbortSignal },
): Promise<AgentStatus | undefined> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(ms)]);
  try {
    const response = await fetch(`http://${formatAddress(status)}/status`, { signal: limit });
    const answer = (await response.json()) as Partial<AgentStatus>;
    return answer.agent?.id === id ? (answer as AgentStatus) : undefined;
  } catch {
    // Nobody, somebody else or something else: what it is, the look at the port tells.
    signal.throwIfAborted();
    return undefined;
  }
}

/** What the running agent has taken itself is not in its way. */
export function withRunning(looked: readonly Looked[], { sources }: Pick<AgentStatus, 'sources'>): Looked[] {
  return looked.map((one) => {
    const { part, finding } = one;
    if (finding.there || !finding.taken) return one;
    const isItsOwn = part.kind !== 'source' || sources[part.name]?.state === 'running';
    return isItsOwn ? { ...one, finding: { there: true, detail: 'in use by the running agent' } } : one;
  });
}
