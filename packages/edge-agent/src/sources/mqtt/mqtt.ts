import { BatchBuilder } from '@sluis/protocol';
import {
  Backoff,
  defineSource,
  HandOver,
  pause,
  type Source,
  type SourceContext,
  TRIED_AGAIN,
} from '@sluis/plugin-sdk';
import { type MqttConfig, mqttConfig } from './config.ts';
import type { Connection, ConnectionOptions, Ended } from './connection.ts';
import { outline } from './outline.ts';
import { PayloadReader } from './payload-reader.ts';
import { probe } from './probe.ts';
import { Session } from './session.ts';

/** How long a stop waits for what was read to become durable, and be acknowledged. */
const DRAIN_MS = 2_000;
/** A connection that lasted this long was a good one: the next attempt need not wait long. */
const SETTLED_MS = 10_000;
/** Connections in a row that the broker closed without a word, as version 3.1.1 does to one of two clients of one id. */
const SUSPICIOUS_CLOSES = 3;

/**
 * Subscribes at an MQTT broker. A message is acknowledged once its samples are durable. While the journal takes nothing,
 * what was read is held, unacknowledged, and when that is too much no more is read: the broker keeps the rest.
 */
export class Mqtt implements Source {
  readonly #context: SourceContext<MqttConfig>;
  readonly #handOver: HandOver<MqttConfig>;
  readonly #rows = new BatchBuilder();
  readonly #payloads: PayloadReader;
  readonly #clientId: string;
  readonly #session: Session;
  readonly #pause: typeof pause;
  readonly #stop = new AbortController();
  #running: Promise<void> | undefined;
  #connection: Connection | undefined;
  /** What `/status` says while the subscriptions stand. */
  #standing: { state: 'running' | 'degraded'; detail: string } | undefined;

  constructor(context: SourceContext<MqttConfig>, { wait = pause }: { wait?: typeof pause } = {}) {
    const { site, agent, name, series, config, cursors } = context;
    const { host, port } = config.url;
    this.#context = context;
    this.#pause = wait;
    this.#clientId = config.clientId ?? `sluis-${site}-${agent}-${name}`;
    this.#session = new Session(`${this.#clientId}@${host}:${port}`, cursors);
    this.#handOver = new HandOver({ context, recovered: () => this.#showStanding() });
    this.#payloads = new PayloadReader({
      site,
      series,
      topics: config.topics,
      time: config.time,
      unit: config.unit,
      rows: this.#rows,
      reject: (...args) => context.reject(...args),
    });
  }

  async start(): Promise<void> {
    this.#running = this.#run();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    this.#connection?.rest();
    this.#handOver.close();
    const rows = await this.#handOver.drain(DRAIN_MS);
    if (rows > 0) this.#context.log.warn({ rows }, 'not durable when stopped: the broker repeats them, but for QoS 0');
    await this.#connection?.close();
    await this.#running;
    this.#context.state('stopped');
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    // With it comes a library that is large, and needed where there is a source of this type.
    const { Connection } = await import('./connection.ts');
    const backoff = new Backoff();
    let closes = 0;
    while (!signal.aborted) {
      const settled = setTimeout(() => backoff.reset(), SETTLED_MS);
      this.#connection = new Connection(this.#connectionOptions());
      const ended = await this.#connection.run();
      clearTimeout(settled);
      this.#standing = undefined;
      if (signal.aborted) return;
      closes = ended.broker === 'closed' ? closes + 1 : 0;
      this.#showOutage(ended, closes >= SUSPICIOUS_CLOSES);
      // Two clients of one id that both came back at once would take over from each other without end.
      await this.#pause(ended.broker === 'taken over' ? backoff.longest() : backoff.next(), signal);
    }
  }

  #showOutage({ state, reason }: Ended, again: boolean): void {
    const suspicion = again
      ? `again and again: if another client has the id ${this.#clientId}, give each its own clientId; `
      : '';
    this.#context.state(again ? 'degraded' : state, `${reason}; ${suspicion}${TRIED_AGAIN}`);
  }

  #connectionOptions(): ConnectionOptions {
    const context = this.#context;
    const { retained } = context.config;
    return {
      context,
      clientId: this.#clientId,
      session: this.#session,
      stop: this.#stop.signal,
      message: ({ topic, payload, retain }) => {
        if (retain && retained === 'ignore') return context.reject('retained', 1, topic);
        const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload;
        this.#payloads.read({ topic, payload: bytes, retained: retain }, context.now());
      },
      oversized: ({ topic, bytes }) => context.reject('oversized', 1, `${topic}: ${bytes} bytes (maxPacket)`),
      chunkRead: ({ awaited, cursor = {} }) => {
        const { bytes } = this.#rows;
        const moves = Object.keys(cursor).length > 0;
        return this.#handOver.add(this.#rows.take(), { bytes, awaited, cursor: moves ? cursor : undefined });
      },
      full: () => this.#handOver.full,
      room: () => this.#handOver.room(),
      subscribed: (state, detail) => {
        this.#standing = { state, detail };
        this.#showStanding();
      },
    };
  }

  #showStanding(): void {
    if (this.#standing) this.#context.state(this.#standing.state, this.#standing.detail);
  }
}

/** MQTT 3.1.1 and 5: a client of a broker that machines publish to. */
export const mqtt = defineSource({
  type: 'mqtt',
  version: 1,
  summary: 'Samples from the messages of an MQTT broker.',
  config: mqttConfig,
  create: (context) => new Mqtt(context),
  outline,
  probe,
});
