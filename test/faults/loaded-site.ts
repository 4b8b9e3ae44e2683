import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connectAsync, type MqttClient } from 'mqtt';
import { AGGREGATES } from '../e2e/account.ts';
import { type Broker, startBroker } from '../e2e/broker.ts';
import { freePort } from '../e2e/free-port.ts';
import { HubClient } from '../e2e/hub-client.ts';
import { Machine, postLines, publish, type Sample, Sent, specialSamples } from '../e2e/load.ts';
import { AgentProgram, HubProgram } from '../e2e/processes.ts';
import { Random } from '../e2e/random.ts';
import { until } from '../e2e/until.ts';
import { type HubFiles, HubFileCount } from './hub-files.ts';
import { type Book, settle, type Settled } from './settle.ts';

export interface LoadedSiteOptions {
  readonly folder: string;
  readonly seed: number;
  /** Added to agent.yaml. */
  readonly agentConfig?: string;
  readonly agentEnv?: NodeJS.ProcessEnv;
  readonly hubEnv?: NodeJS.ProcessEnv;
  /** Of `sluis-hub run`. */
  readonly hubArguments?: readonly string[];
  /** Disposed of with the site; default: {@link startBroker}'s choice. */
  readonly broker?: Broker;
}

const SECOND = 1_000_000;
/** Until the load passes after a fault has ended. A busy machine is not a program that hangs. */
const RECOVERY_MS = 120_000;
const TOPIC_ROOT = 'plant';
/** Of a hot table at the hub: several times as many come in a second, so that faults strike while files are written and merged. */
const ROWS_PER_TABLE = 100;

/**
 * A hub, an agent and a broker, and machines that send lines by HTTP and publish by MQTT (QoS 1) and keep book of what was
 * acknowledged to them. Streams pass it on as it is, and aggregate it.
 */
export class LoadedSite implements AsyncDisposable {
  readonly agentData: string;
  readonly hubData: string;
  readonly hub: HubProgram;
  readonly agent: AgentProgram;
  readonly api: HubClient;
  /** For what a test draws: the load has another, so that a seed draws the same whatever the load comes to. */
  readonly random: Random;
  readonly #loadRandom: Random;
  readonly broker: Broker;
  readonly #sourceUrl: string;
  readonly #book: Book = { tidy: new Sent(), untidy: new Sent(), typed: new Sent(), mqtt: new Sent() };
  readonly #stop = new AbortController();
  readonly #files: HubFileCount;
  #client: MqttClient | undefined;
  #sending: Promise<unknown> | undefined;
  #sendingFailed: unknown;

  private constructor({ folder, seed, ...options }: LoadedSiteOptions, broker: Broker, ports: readonly number[]) {
    const [http, grpc, status, lines] = ports;
    this.broker = broker;
    this.random = new Random(seed);
    this.#loadRandom = new Random(seed + 1);
    this.agentData = join(folder, 'agent-data');
    this.hubData = join(folder, 'hub-data');
    mkdirSync(this.agentData, { recursive: true });
    mkdirSync(this.hubData, { recursive: true });
    this.#sourceUrl = `http://127.0.0.1:${lines}`;
    const config = join(folder, 'agent.yaml');
    const aggregate = `[${AGGREGATES.join(', ')}]`;
    writeFileSync(
      config,
      `agent: { id: press-1, site: lab, data: ./agent-data, status: 127.0.0.1:${status} }
hub: { url: grpc://127.0.0.1:${grpc} }
sources:
  http: { type: line-protocol, http: 127.0.0.1:${lines} }
  mqtt: { type: mqtt, url: '${broker.url}', topics: ['${TOPIC_ROOT}/#'], time: t, unit: us }
streams:
  raw: { from: [http, mqtt] }
  plain: { from: [http, mqtt], steps: [ { window: { every: 1s, aggregate: ${aggregate} } } ] }
  steps: { from: http, steps: [ { where: 'value < 500.0' }, { deadband: 0.05 }, { window: { every: 1s, aggregate: ${aggregate} } } ] }
${options.agentConfig ?? ''}`,
    );
    const more = options.hubArguments;
    const rowsPerTable = ROWS_PER_TABLE;
    this.hub = new HubProgram({ data: this.hubData, http, grpc, more, env: options.hubEnv, rowsPerTable });
    this.agent = new AgentProgram({ config, status, env: options.agentEnv });
    this.api = new HubClient(this.hub.url);
    this.#files = new HubFileCount(this.hub.url);
  }

  /** Not yet started: its folders may still become mounts. */
  static async open(options: LoadedSiteOptions): Promise<LoadedSite> {
    const ports = await Promise.all(Array.from({ length: 4 }, freePort));
    return new LoadedSite(options, options.broker ?? (await startBroker(options.folder)), ports);
  }

  /** Both started, with load, which passes. */
  static async start(options: LoadedSiteOptions): Promise<LoadedSite> {
    const site = await LoadedSite.open(options);
    await site.begin();
    return site;
  }

  async begin(): Promise<void> {
    await Promise.all([this.hub.start(), this.agent.start()]);
    await until('the agent has subscribed', async () => (await this.agent.status()).sources.mqtt.state === 'running');
    this.#client = await connectAsync(this.broker.url);
    this.#sending = this.#send(this.#client).catch((error: unknown) => (this.#sendingFailed = error));
    await this.passes('it has begun');
  }

  async #send(client: MqttClient): Promise<void> {
    const random = this.#loadRandom;
    const { signal } = this.#stop;
    const { tidy, untidy, typed, mqtt } = this.#book;
    // An hour ago: no sample is ahead of the agent's clock, however long this takes.
    const start = Math.floor(Date.now() / 3_600_000 - 1) * 3600 * SECOND;
    const machines = (name: string, { step, untidy }: { step: number; untidy?: boolean }) =>
      inTurn(
        [0, 1, 2, 3].map((n) => new Machine({ series: name.replace('N', String(n)), random, start, step, untidy })),
      );
    const url = this.#sourceUrl;
    const tidyMachines = machines('lab/tidy-N/force', { step: 10_000 });
    const untidyMachines = machines('lab/untidy-N/force', { step: 10_000, untidy: true });
    const specials = specialSamples('lab/typed/state', start, random);
    const published = machines(`lab/${TOPIC_ROOT}/press-N`, { step: 40_000 });
    const payload = ({ time, value }: Sample) => JSON.stringify({ t: time, value });
    await Promise.all([
      postLines({ url, sent: tidy, samplesPerBody: 12, restMs: 80, next: tidyMachines }, signal),
      postLines({ url, sent: untidy, samplesPerBody: 12, restMs: 80, next: untidyMachines }, signal),
      postLines({ url, sent: typed, samplesPerBody: 4, restMs: 160, next: () => specials.next().value }, signal),
      publish({ client, sent: mqtt, restMs: 30, next: published, payload }, signal),
    ]);
  }

  /** What the hub has made until now. */
  get files(): HubFiles {
    return this.#files.total;
  }

  /** All that was acknowledged until now. */
  samples(): Sample[] {
    return Object.values(this.#book).flatMap(({ acknowledged }) => acknowledged);
  }

  /** How many these are. */
  get acknowledged(): number {
    return Object.values(this.#book).reduce((sum, { acknowledged }) => sum + acknowledged.length, 0);
  }

  /** Waits until new samples are acknowledged, and new ones by the hub, and tells how long that took (ms). */
  async passes(after: string, withinMs = RECOVERY_MS): Promise<number> {
    const began = performance.now();
    const { length } = this.#book.tidy.acknowledged;
    const options = { withinMs, diagnosis: () => this.diagnosis() };
    const acked = async () => (await this.api.agents()).find(({ id }) => id === 'press-1')?.acked.samples ?? 0;
    const before = await until(`the hub tells its agents after ${after}`, acked, options);
    const passing = async () => {
      this.#mustSend();
      return this.#book.tidy.acknowledged.length > length && (await acked()) > before;
    };
    await until(`the load passes after ${after}`, passing, options);
    return performance.now() - began;
  }

  /** Disposed of by whoever mounts a folder of theirs, before the mount. */
  programs(): AsyncDisposable {
    return { [Symbol.asyncDispose]: () => this.#kill() };
  }

  async #kill(): Promise<void> {
    await Promise.all([this.agent[Symbol.asyncDispose](), this.hub[Symbol.asyncDispose]()]);
  }

  diagnosis(): string {
    return `agent:\n${this.agent.stderr.slice(-3000)}\nhub:\n${this.hub.stderr.slice(-3000)}`;
  }

  #mustSend(): void {
    if (this.#sendingFailed !== undefined) throw new Error('the load broke off', { cause: this.#sendingFailed });
  }

  /** Ends the load and compares all that was acknowledged with what the hub has. */
  async settle(): Promise<Settled> {
    const files = await this.#filesMade();
    this.#stop.abort();
    await this.#sending;
    this.#mustSend();
    const { agent, hub, api } = this;
    return settle({ api, agent, hub, files, book: this.#book, diagnosis: () => this.diagnosis() });
  }

  /** A few rounds make few files: then the load goes on until some are merged. */
  async #filesMade(): Promise<HubFiles> {
    const some = () => {
      this.#mustSend();
      const { total } = this.#files;
      return total.merged > 0 && total;
    };
    return until('the hub has merged files', some, { withinMs: RECOVERY_MS, diagnosis: () => this.diagnosis() });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#files[Symbol.asyncDispose]();
    await this.#client?.endAsync(true);
    await this.#kill();
    await this.broker[Symbol.asyncDispose]();
  }
}

function inTurn(machines: readonly Machine[]): () => Sample {
  let n = 0;
  return () => machines[n++ % machines.length].next();
}
