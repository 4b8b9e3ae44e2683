import { expect } from 'vitest';
import type { AgentRow, IngestStore } from '../../src/store/ingest-store.ts';
import { ingestOf } from '../ingest-of.ts';
import { type Row, TestAgent } from '../test-agent.ts';
import type { StoreUnderTest } from './store-under-test.ts';

export interface SeriesRow {
  readonly path: string;
  readonly type: string | null;
  readonly unit: string;
  readonly first: number | null;
  readonly last: number | null;
  readonly samples: number;
}

/** Where one case works: agents and series of its own name in the store of now, whichever life that is in. */
export class Bench {
  readonly #name: string;
  readonly #store: () => StoreUnderTest;
  /** By path and parameters, what was answered in the first state. */
  readonly #answers = new Map<string, string>();
  #epochs = 0;
  readonly ingest: IngestStore;

  constructor({ name, store }: { name: string; store: () => StoreUnderTest }) {
    this.#name = name;
    this.#store = store;
    this.ingest = ingestOf(store);
  }

  /** A path of this case. */
  path(rest: string): string {
    return `${this.#name}/${rest}`;
  }

  /** Opened, in an epoch of its own. */
  async agent({ id = '1', site = 'lab' }: { id?: string; site?: string } = {}): Promise<TestAgent> {
    const epoch = Buffer.from(`${id}-${++this.#epochs}`)
      .toString('hex')
      .padStart(32, '0');
    const agent = new TestAgent({ ingest: this.ingest, agent: `${this.#name} ${id}`, epoch, site });
    await agent.open();
    return agent;
  }

  /** All rows of one agent, one segment after another. */
  async stored(...segments: readonly (readonly Row[])[]): Promise<void> {
    const agent = await this.agent();
    for (const rows of segments) expect(await agent.send(rows)).toBe('stored');
  }

  get(
    path: string,
    parameters: Readonly<Record<string, string | number>> = {},
    signal?: AbortSignal,
  ): Promise<Response> {
    return this.#store().get(this.#url(path, parameters), signal);
  }

  /** The text of an answer, which must be the same in every state. */
  async text(path: string, parameters: Readonly<Record<string, string | number>> = {}): Promise<string> {
    const response = await this.get(path, parameters);
    const text = await response.text();
    expect(response.status, text).toBe(200);
    const url = this.#url(path, parameters);
    const before = this.#answers.get(url) ?? text;
    this.#answers.set(url, before);
    // A comparison of long texts by the test's own means takes longer than all else.
    if (text !== before) expect(text).toBe(before);
    return text;
  }

  async json(path: string, parameters: Readonly<Record<string, string | number>> = {}): Promise<unknown> {
    return JSON.parse(await this.text(path, parameters));
  }

  /** The series that match a pattern below this case's name, by path. */
  async series(match: string): Promise<SeriesRow[]> {
    const { series } = (await this.json('series', { match: this.path(match) })) as { series: SeriesRow[] };
    return series.toSorted((a, b) => (a.path < b.path ? -1 : 1));
  }

  /** What `/agents` says of an agent: its connection and times are no state of the store. */
  async agentRow(id = '1'): Promise<AgentRow> {
    const response = await this.get('agents');
    const { agents } = (await response.json()) as { agents: AgentRow[] };
    const found = agents.find((agent) => agent.id === `${this.#name} ${id}`);
    if (!found) throw new Error(`there is no agent ${this.#name} ${id}`);
    return found;
  }

  #url(path: string, parameters: Readonly<Record<string, string | number>>): string {
    const query = new URLSearchParams(Object.entries(parameters).map(([name, value]) => [name, String(value)]));
    return `/api/v1/${path}?${query}`;
  }
}
