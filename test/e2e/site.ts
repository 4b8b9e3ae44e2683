import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from './folder.ts';
import { freePort } from './free-port.ts';
import { HubClient } from './hub-client.ts';
import { type AgentStatus, AgentProgram, HubProgram } from './processes.ts';
import { until } from './until.ts';

export interface Ports {
  /** The hub's. */
  readonly http: number;
  readonly grpc: number;
  /** The agent's status, and what its sources listen on. */
  readonly status: number;
  readonly lines: number;
  readonly tcp: number;
  /** Where the agent listens. */
  readonly host: string;
}

export interface SiteOptions {
  /** The part of agent.yaml that says `sources:` and `streams:`; may add other keys. */
  flow(ports: Ports): string;
  /** Of the agent. */
  readonly env?: NodeJS.ProcessEnv;
  readonly hubEnv?: NodeJS.ProcessEnv;
  /** In which its folder is made; default: where the system keeps temporary ones. */
  readonly parent?: string;
  /** Where the agent is, if it is elsewhere on the network than the hub. */
  readonly edge?: { readonly namespace: string; readonly address: string };
  /** The hub's port for agents, and the one at which the agent looks for it: a proxy's, say. */
  readonly grpc?: { readonly hub: number; readonly agent: number };
}

/** Sources by HTTP and TCP, all of it sent to the hub as it is. */
export const plainFlow = ({ host, lines, tcp }: Ports): string => `
sources:
  http: { type: line-protocol, http: ${host}:${lines} }
  tcp: { type: line-protocol, listen: ${host}:${tcp} }
streams:
  raw: { from: [http, tcp] }
`;

/** One hub and one agent on it, not yet started, in a folder of their own. */
export class Site implements AsyncDisposable {
  readonly folder: string;
  readonly ports: Ports;
  readonly config: string;
  readonly hub: HubProgram;
  readonly agent: AgentProgram;
  readonly api: HubClient;
  readonly #folder: AsyncDisposable;

  private constructor({
    folder,
    ports,
    options,
  }: {
    folder: AsyncDisposable & { path: string };
    ports: Ports;
    options: SiteOptions;
  }) {
    this.#folder = folder;
    this.folder = folder.path;
    this.ports = ports;
    this.config = join(folder.path, 'agent.yaml');
    const { http, grpc, status, host } = ports;
    const { edge, env, grpc: apart } = options;
    writeFileSync(
      this.config,
      `agent: { id: press-1, site: lab, data: ./agent-data, status: ${host}:${status} }
hub: { url: grpc://127.0.0.1:${apart?.agent ?? grpc} }
${options.flow(ports)}`,
    );
    this.hub = new HubProgram({ data: join(folder.path, 'hub-data'), http, grpc, env: options.hubEnv });
    this.agent = new AgentProgram({ config: this.config, status, host, env, namespace: edge?.namespace });
    this.api = new HubClient(this.hub.url);
  }

  static async open(options: SiteOptions = { flow: plainFlow }): Promise<Site> {
    const folder = await temporaryFolder(options.parent);
    const [http, freeGrpc, status, lines, tcp] = await Promise.all(Array.from({ length: 5 }, freePort));
    const host = options.edge?.address ?? '127.0.0.1';
    const ports = { http, grpc: options.grpc?.hub ?? freeGrpc, status, lines, tcp, host };
    return new Site({ folder, ports, options });
  }

  /** Both, running. */
  static async start(options?: SiteOptions): Promise<Site> {
    const site = await Site.open(options);
    try {
      await Promise.all([site.hub.start(), site.agent.start()]);
      return site;
    } catch (error) {
      await site[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Of the agent's HTTP source. */
  get linesUrl(): string {
    return `http://${this.ports.host}:${this.ports.lines}`;
  }

  /** Posts lines to the agent's HTTP source. */
  write(
    body: string | Uint8Array<ArrayBuffer>,
    { query = '', headers = {} }: { query?: string; headers?: Record<string, string> } = {},
  ): Promise<Response> {
    const url = `${this.linesUrl}/api/v2/write${query}`;
    return fetch(url, { method: 'POST', body, headers });
  }

  /** Waits until the hub has so many samples of a series. */
  async stored(series: string, samples: number): Promise<void> {
    await until(
      `the hub has ${samples} samples of ${series}`,
      async () => {
        const row = (await this.api.series(series)).find(({ path }) => path === series);
        if (row?.samples !== samples) throw new Error(`it has ${row?.samples ?? 'no such series'}`);
        return true;
      },
      { diagnosis: () => `agent:\n${this.agent.stderr.slice(-3000)}\nhub:\n${this.hub.stderr.slice(-3000)}` },
    );
  }

  /** Waits until the agent's status is as asked, and returns it. */
  status(what: string, isSo: (status: AgentStatus) => boolean): Promise<AgentStatus> {
    let last: AgentStatus | undefined;
    return until(
      what,
      async () => {
        last = await this.agent.status();
        return isSo(last) ? last : undefined;
      },
      { diagnosis: () => `status: ${JSON.stringify(last)}\nagent:\n${this.agent.stderr.slice(-3000)}` },
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.agent[Symbol.asyncDispose](), this.hub[Symbol.asyncDispose]()]);
    await this.#folder[Symbol.asyncDispose]();
  }
}
