import { cpSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../../e2e/free-port.ts';
import { HubClient } from '../../e2e/hub-client.ts';
import { AgentProgram, HubProgram } from '../../e2e/processes.ts';
import { until } from '../../e2e/until.ts';
import { statefulStreams } from './stateful-streams.ts';

const STREAMS = Object.keys(statefulStreams('http')).length;

/** An agent in whose streams all stateful operators are, with a hub of its own. */
export class KilledSite implements AsyncDisposable {
  readonly agent: AgentProgram;
  readonly hub: HubProgram;
  readonly api: HubClient;
  readonly linesUrl: string;
  readonly hubData: string;
  readonly #data: string;

  private constructor(folder: string, journalQuota: string, ports: readonly number[]) {
    const [http, grpc, status, lines] = ports;
    this.#data = join(folder, 'agent-data');
    this.hubData = join(folder, 'hub-data');
    this.linesUrl = `http://127.0.0.1:${lines}`;
    const config = join(folder, 'agent.yaml');
    mkdirSync(folder, { recursive: true });
    writeFileSync(
      config,
      `agent: { id: press-1, site: lab, data: ./agent-data, status: 127.0.0.1:${status} }
hub: { url: grpc://127.0.0.1:${grpc} }
sources: { http: { type: line-protocol, http: 127.0.0.1:${lines} } }
journal: { quota: ${journalQuota} }
streams: ${JSON.stringify(statefulStreams('http'), undefined, 2)}
`,
    );
    this.hub = new HubProgram({ data: this.hubData, http, grpc });
    this.agent = new AgentProgram({ config, status });
    this.api = new HubClient(this.hub.url);
  }

  /** Not yet started. An eighth of the journal's quota leads to a snapshot; all of the input must fit into it. */
  static async open(folder: string, { journalQuota }: { journalQuota: string }): Promise<KilledSite> {
    return new KilledSite(folder, journalQuota, await Promise.all(Array.from({ length: 4 }, freePort)));
  }

  async start(): Promise<void> {
    await Promise.all([this.hub.start(), this.agent.start()]);
  }

  /**
   * Takes over what another agent, which does not run, has journaled. Its outbox is left out: an agent without one goes
   * through all of its journal again and sends what that leads to.
   */
  takeJournalOf(other: KilledSite): void {
    cpSync(other.#data, this.#data, { recursive: true });
    rmSync(join(this.#data, 'outbox'), { recursive: true });
  }

  /** The number of the newest snapshot of all streams, 0 if there is none. */
  newestSnapshot(): number {
    const names = readdirSync(join(this.#data, 'snapshots'));
    return Math.max(0, ...names.map((name) => Number(/^%40streams\.(\d+)\.snapshot$/.exec(name)?.[1] ?? 0)));
  }

  /**
   * Waits until the hub has all that streams make of what is journaled, and the agent's clock (µs) is past a time.
   * @returns samples in the journal
   * @throws Error if a stream has faulted
   */
  async settled(past: number, withinMs: number): Promise<number> {
    const settledOrFaulted = async () => {
      const { journal, outbox, streams, problems } = await this.agent.status();
      const states = Object.values(streams);
      if (states.some(({ state }) => state === 'faulted')) return { problems, samples: 0 };
      // An agent that has just started has not told of all of them yet.
      const isDone = outbox?.samples === 0 && states.length === STREAMS && states.every(({ lag }) => lag === 0);
      return isDone && (journal?.newest ?? 0) > past && { problems: [], samples: journal?.samples ?? 0 };
    };
    const diagnosis = (): string => this.agent.stderr.slice(-3000);
    const { problems, samples } = await until('the hub has all', settledOrFaulted, { withinMs, diagnosis });
    if (problems.length > 0) throw new Error(problems.join('\n'));
    return samples;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.agent[Symbol.asyncDispose](), this.hub[Symbol.asyncDispose]()]);
  }
}
