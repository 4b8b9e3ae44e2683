import type { Socket } from 'node:net';
import { type CursorMove, describeError, type SourceContext } from '@sluis/plugin-sdk';
import type { IConnackPacket, IPublishPacket, ISubackPacket, Packet } from 'mqtt-packet';
import type { MqttConfig } from './config.ts';
import { openSocket } from './open-socket.ts';
import { type Oversized, PacketReader, ProtocolError } from './packet-reader.ts';
import {
  type Ack,
  ackPackets,
  connectPacket,
  disconnectPacket,
  pingPacket,
  PUBACK,
  PUBCOMP,
  PUBREC,
  secondsOf,
  subscribePacket,
  unsubscribePacket,
} from './packets.ts';
import { FAILURE, connectRefusal, reason } from './reasons.ts';
import type { Session, Subscription } from './session.ts';

/** How a connection ended, for people and for what comes next. */
export interface Ended {
  /** `waiting`: there is no broker; `degraded`: there is one, and something is to be put right. */
  readonly state: 'waiting' | 'degraded';
  readonly reason: string;
  /** How the broker ended a connection that it had accepted: for another client of the same id, or without a word. */
  readonly broker?: 'taken over' | 'closed';
}

export interface ConnectionOptions {
  readonly context: SourceContext<MqttConfig>;
  readonly session: Session;
  readonly clientId: string;
  readonly stop: AbortSignal;
  /** Takes a message into the rows of this chunk. */
  message(packet: IPublishPacket): void;
  oversized(message: Oversized): void;
  /** All packets of a chunk were taken: resolves when their rows, and those of all chunks before, are durable. */
  chunkRead(options: { awaited: boolean; cursor?: CursorMove }): Promise<void>;
  /** True while so much is not durable that no more should be read; `room` resolves when that is over. */
  full(): boolean;
  room(): Promise<void>;
  /** The subscriptions are made. `detail`: what people should know of them. */
  subscribed(state: 'running' | 'degraded', detail: string): void;
}

const CONNECT_MS = 10_000;
/** How long a broker may take to close after the goodbye. */
const GOODBYE_MS = 500;
/** Parts of the keep-alive time after which a ping is sent, and silence of the broker is noticed. */
const PING_SHARE = 0.5;
const SILENT_TICKS = 3;
/** Acknowledgements that the broker has not read. */
const MAX_UNREAD_BYTES = 4 << 20;
const TAKEN_OVER = 0x8e;
/** Errors of a broker that is not there (yet); any other, such as a certificate, somebody has to put right. */
const ABSENT = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
]);
interface Publication {
  readonly qos: number;
  readonly id: number;
  readonly dup: boolean;
}

/**
 * One connection to a broker, from the first packet to the last.
 *
 * Messages are acknowledged when they are durable, in the order of receipt, many at once: all packets of one chunk from
 * the socket are one batch, and many batches are under way. What this connection has not acknowledged when it ends, the
 * broker sends again to the next; it is never acknowledged there on behalf of this one.
 */
export class Connection {
  readonly #options: ConnectionOptions;
  readonly #ended = Promise.withResolvers<Ended>();
  readonly #packets: PacketReader;
  #socket: Socket | undefined;
  #deadline: NodeJS.Timeout | undefined;
  #timer: NodeJS.Timeout | undefined;
  #accepted = false;
  #silentTicks = 0;
  /** Reading rests until there is room, so silence says nothing of the broker. */
  #resting = false;
  #closing = false;
  /** Of the chunk that is being read: what becomes durable with its rows, and what to send after that. */
  #cursor: Record<string, string | null> = {};
  #acks: Ack[] = [];
  /** What people should know of the session. */
  #note = '';

  constructor(options: ConnectionOptions) {
    this.#options = options;
    const { version, maxPacket } = options.context.config;
    this.#packets = new PacketReader({
      version,
      maxPacket,
      packet: (packet) => this.#packet(packet),
      oversized: (message) => this.#oversized(message),
    });
  }

  /** Connects, subscribes and reads until the connection ends, for whatever reason: never rejects. */
  async run(): Promise<Ended> {
    const { url } = this.#options.context.config;
    const place = `${url.host}:${url.port}`;
    this.#deadline = setTimeout(() => this.#end('waiting', `${place} does not answer`), CONNECT_MS);
    try {
      const { config, folder } = this.#options.context;
      const socket = await openSocket(config, folder);
      this.#socket = socket;
      socket.setNoDelay(true);
      socket.on(url.tls ? 'secureConnect' : 'connect', () =>
        socket.write(connectPacket(this.#options.clientId, config)),
      );
      socket.on('data', (chunk: Buffer) => this.#read(chunk));
      socket.on('error', (error: NodeJS.ErrnoException) => {
        const state = this.#accepted || ABSENT.has(error.code ?? '') ? 'waiting' : 'degraded';
        this.#end(state, `${this.#accepted ? 'lost' : 'cannot reach'} ${place}: ${describeError(error)}`);
      });
      socket.on('close', () => {
        this.#end('waiting', `${place} closed the connection`, this.#accepted ? 'closed' : undefined);
      });
      return await this.#ended.promise;
    } catch (error) {
      return { state: 'degraded', reason: describeError(error) };
    } finally {
      clearTimeout(this.#deadline);
      clearInterval(this.#timer);
      this.#socket?.destroy();
    }
  }

  /** Reads no more. What is read is still acknowledged when it is durable. */
  rest(): void {
    this.#resting = true;
    this.#socket?.pause();
  }

  /** Says goodbye and ends. What comes meanwhile is not read: the broker keeps it. */
  async close(): Promise<void> {
    const { config } = this.#options.context;
    const socket = this.#socket;
    if (socket && this.#accepted && !socket.destroyed) {
      this.#closing = true;
      const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
      socket.end(disconnectPacket(config)).resume();
      const impatience = setTimeout(() => socket.destroy(), GOODBYE_MS);
      await closed;
      clearTimeout(impatience);
    }
    this.#end('waiting', 'stopped');
  }

  #read(chunk: Buffer): void {
    if (this.#closing) return;
    this.#silentTicks = 0;
    try {
      this.#packets.push(chunk);
    } catch (error) {
      if (!(error instanceof ProtocolError))
        this.#options.context.log.error({ err: error }, 'a message could not be read');
      // What was read before it is taken, with the ids that belong to it.
      void this.#finishChunk();
      return this.#end('degraded', `what the broker sent cannot be read: ${describeError(error)}`);
    }
    void this.#finishChunk();
  }

  async #finishChunk(): Promise<void> {
    const { chunkRead, full, room } = this.#options;
    const acks = this.#acks;
    const cursor = this.#cursor;
    this.#acks = [];
    this.#cursor = {};
    const durable = chunkRead({ awaited: acks.length > 0, cursor });
    if (full()) void this.#restUntil(room());
    await durable;
    this.#write(acks);
  }

  async #restUntil(room: Promise<void>): Promise<void> {
    if (this.#resting) return;
    this.rest();
    await room;
    if (this.#options.stop.aborted) return;
    this.#resting = false;
    this.#silentTicks = 0;
    this.#socket?.resume();
  }

  #write(acks: readonly Ack[]): void {
    const socket = this.#socket;
    if (acks.length === 0 || !socket?.writable) return;
    socket.write(ackPackets(acks));
    for (const { type, id } of acks) if (type === PUBACK) this.#options.session.acknowledged(id);
    if (socket.writableLength > MAX_UNREAD_BYTES) this.#end('degraded', 'the broker does not read acknowledgements');
  }

  #packet(packet: Packet): void {
    switch (packet.cmd) {
      case 'publish':
        return this.#publish(packet);
      case 'pubrel':
        Object.assign(this.#cursor, this.#options.session.release(packet.messageId ?? 0));
        this.#acks.push({ type: PUBCOMP, id: packet.messageId ?? 0 });
        return;
      case 'connack':
        return this.#connack(packet);
      case 'suback':
        return this.#suback(packet);
      case 'disconnect':
        return this.#disconnected(packet.reasonCode ?? 0);
      default:
    }
  }

  #publish(packet: IPublishPacket): void {
    const { qos, dup, messageId: id = 0 } = packet;
    this.#take({ qos, id, dup }, () => this.#options.message(packet));
  }

  #oversized(message: Oversized): void {
    const { qos, dup, messageId: id } = message;
    this.#take({ qos, id, dup }, () => this.#options.oversized(message));
  }

  /** Lets a message in, unless it was before, and owes the broker the acknowledgement in either case. */
  #take(publication: Publication, enter: () => void): void {
    const { session } = this.#options;
    const { qos, id } = publication;
    // One that was taken before may not be durable yet: this chunk is so only after the one that holds it.
    if (!session.knows(publication)) {
      Object.assign(this.#cursor, session.take(qos, id));
      enter();
    }
    if (qos === 1) this.#acks.push({ type: PUBACK, id });
    if (qos === 2) this.#acks.push({ type: PUBREC, id });
  }

  #disconnected(code: number): void {
    const told = `the broker ended the connection: ${reason(code)}`;
    if (code !== TAKEN_OVER) return this.#end('degraded', told);
    this.#end('degraded', `${told} (this one is ${this.#options.clientId})`, 'taken over');
  }

  #connack({ returnCode, reasonCode, sessionPresent, properties }: IConnackPacket): void {
    const { context } = this.#options;
    const { version, keepalive } = context.config;
    const code = returnCode ?? reasonCode ?? 0;
    if (code !== 0) return this.#end('degraded', `the broker refused the connection: ${connectRefusal(version, code)}`);
    this.#accepted = true;
    clearTimeout(this.#deadline);
    const seconds = properties?.serverKeepAlive ?? secondsOf(keepalive);
    if (seconds > 0) this.#timer = setInterval(() => this.#tick(), seconds * PING_SHARE * 1_000);
    if (sessionPresent) this.#resume();
    else void this.#startSession();
  }

  /** The broker has the session: it is asked for what has changed since. */
  #resume(): void {
    const { session, context } = this.#options;
    const { subscription } = session;
    const wanted = this.#wanted();
    const unwanted = subscription?.filters.filter((filter) => !wanted.filters.includes(filter)) ?? [];
    if (unwanted.length > 0) this.#socket?.write(unsubscribePacket(unwanted, context.config));
    // Version 3.1.1 would send the retained messages again; version 5 is told not to, so that nothing is taken for granted.
    const same = subscription?.qos === wanted.qos && wanted.filters.every((f) => subscription.filters.includes(f));
    if (!same || context.config.version === 5) this.#socket?.write(subscribePacket(wanted.filters, context.config));
    else this.#subscribed('running', '');
  }

  /**
   * There is no session yet, or the broker has lost it: what is kept of an earlier one goes before anything new comes, or
   * a kill in between would leave ids that are taken for those of the new session.
   */
  async #startSession(): Promise<void> {
    const { session, context, chunkRead } = this.#options;
    if (session.subscription && !context.config.clean) {
      this.#note = '; the broker had lost the session, and with it what was published meanwhile';
      context.log.warn(
        { clientId: this.#options.clientId },
        'the broker has lost the session: what it held for this client does not come; its sessions should be persistent, and last longer than this client is away',
      );
    }
    const cursor = session.forget();
    if (Object.keys(cursor).length > 0) {
      // Not before all that was taken is durable: a batch that was refused must not bring its ids back.
      await chunkRead({ awaited: true });
      await chunkRead({ awaited: true, cursor });
    }
    if (this.#socket?.writable) this.#socket.write(subscribePacket(this.#wanted().filters, context.config));
  }

  #suback({ granted }: ISubackPacket): void {
    const { topics, qos } = this.#options.context.config;
    const codes = granted.map(Number);
    const failed = topics.filter((_, i) => !(codes[i] < FAILURE));
    const why = [...new Set(codes.filter((code) => code > FAILURE).map(reason))].join(', ');
    const refusal = `the broker refused the topics ${failed.join(', ')}${why && `: ${why}`}`;
    if (failed.length === topics.length) return this.#end('degraded', refusal);
    if (failed.length > 0) return this.#options.subscribed('degraded', refusal);
    const lowest = Math.min(...codes);
    this.#subscribed('running', lowest < qos ? `, with QoS ${lowest} as the broker grants no more` : '');
  }

  #subscribed(state: 'running' | 'degraded', grant: string): void {
    const { url, topics } = this.#options.context.config;
    // It commits with the chunk that is being read.
    Object.assign(this.#cursor, this.#options.session.subscribed(this.#wanted()));
    const detail = `subscribed to ${topics.join(', ')} at ${url.host}:${url.port}${grant}${this.#note}`;
    this.#options.subscribed(state, detail);
  }

  #wanted(): Subscription {
    const { topics, share, qos } = this.#options.context.config;
    return { qos, filters: topics.map((topic) => (share ? `$share/${share}/${topic}` : topic)) };
  }

  #tick(): void {
    if (!this.#resting && ++this.#silentTicks >= SILENT_TICKS) {
      return this.#end('waiting', 'the broker has been silent for longer than the keep-alive time');
    }
    this.#socket?.write(pingPacket());
  }

  #end(state: Ended['state'], reason: string, broker?: Ended['broker']): void {
    this.#ended.resolve({ state, reason, ...(broker && { broker }) });
    this.#socket?.destroy();
  }
}
