import type { AgentStatus } from '@sluis/edge-agent';
import { json } from './hub-client.ts';

const TIMEOUT_MS = 5_000;

/** What the demo asks an agent: its public status. */
export class AgentClient {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  async status(): Promise<AgentStatus> {
    return json(await fetch(`${this.#url}/status`, { signal: AbortSignal.timeout(TIMEOUT_MS) }));
  }

  /** Whether machines can send: every source is open. */
  async listens(): Promise<boolean> {
    const sources = Object.values((await this.status()).sources);
    return sources.length > 0 && sources.every(({ state }) => state === 'running');
  }
}
