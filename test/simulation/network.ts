import { EventEmitter } from 'node:events';
import type { AgentCall } from '@sluis/cloud-hub/sessions';
import type { Dial, HubCall } from '@sluis/edge-agent/uplink';
import type { AgentMessage, HubMessage } from '@sluis/protocol';
import { syncService } from '@sluis/protocol/sync';
import type { Random } from '../e2e/random.ts';
import type { Trace } from './trace.ts';
import type { Process, VirtualTime } from './virtual-time.ts';

/*
 * Connections as TCP and gRPC give them: each direction delivers a prefix of what was sent, in order; it may be late,
 * stand still for a while without a word, and end at any message. The two ends learn of an end by themselves, one long
 * before the other, so an old connection may still deliver when the next one has welcomed the agent.
 */

/** A connection that keeps silent this long is given up, as keepalive does it. */
const KEEPALIVE_MS = 30_000;
/** Written and not yet on its way: with more, the writer is asked to wait. */
const HIGH_WATER_BYTES = 16 << 10;

export interface Conditions {
  /** One way. */
  readonly latencyMs: number;
  /** Up to this is added to it, drawn for each message. */
  readonly jitterMs: number;
  readonly bytesPerMs: number;
}

/** One direction of a connection. */
class Wire {
  readonly #network: Network;
  readonly #deliver: (bytes: Buffer) => void;
  readonly #ended: () => void;
  readonly #receiver: Process;
  /** Up to when the line is busy with what was written before. */
  #busyUntil = 0;
  /** Of what is on its way: what conditions become concerns what is written next. */
  #bytesPerMs = 1;
  /** Nothing arrives before what was sent before it. */
  #arrival = 0;
  #queue: { readonly at: number; readonly run: () => void }[] = [];
  #scheduled = false;
  stalledUntil = 0;
  paused = false;
  /** Its receiver takes nothing from it any more. */
  cut = false;
  /** Its sender has gone: what has not arrived by then never will. */
  lostAfter = Infinity;

  constructor(options: {
    network: Network;
    receiver: Process;
    deliver: (bytes: Buffer) => void;
    /** Everything before has arrived. */
    ended: () => void;
  }) {
    this.#network = options.network;
    this.#receiver = options.receiver;
    this.#deliver = options.deliver;
    this.#ended = options.ended;
  }

  /** Bytes that are not on the line yet. */
  get waiting(): number {
    return Math.max(0, this.#busyUntil - this.#network.time.now) * this.#bytesPerMs;
  }

  /** Until no more than so many bytes wait. */
  msUntil(bytes: number): number {
    return (this.waiting - bytes) / this.#bytesPerMs;
  }

  send(bytes: Buffer): void {
    this.#add(bytes.length, () => this.#deliver(bytes));
  }

  end(): void {
    this.#add(0, this.#ended);
  }

  resume(): void {
    this.paused = false;
    this.#schedule();
  }

  stall(until: number): void {
    this.stalledUntil = Math.max(this.stalledUntil, until);
  }

  #add(bytes: number, run: () => void): void {
    const { time, conditions, random } = this.#network;
    const { latencyMs, jitterMs, bytesPerMs } = conditions;
    this.#bytesPerMs = bytesPerMs;
    this.#busyUntil = Math.max(time.now, this.#busyUntil) + bytes / bytesPerMs;
    this.#arrival = Math.max(this.#arrival, this.#busyUntil + latencyMs + random.next() * jitterMs);
    this.#queue.push({ at: this.#arrival, run });
    this.#schedule();
  }

  #schedule(): void {
    const [next] = this.#queue;
    if (!next || this.#scheduled || this.paused) return;
    this.#scheduled = true;
    const { time } = this.#network;
    const at = Math.max(next.at, this.stalledUntil);
    // On behalf of the world: where the receiver is dead, nothing takes what arrives.
    time.after(at - time.now, () => this.#arrive(), time.world);
  }

  #arrive(): void {
    this.#scheduled = false;
    const { time } = this.#network;
    const [next] = this.#queue;
    if (!next || this.cut || this.paused || time.now > this.lostAfter) return;
    if (time.now < this.stalledUntil) return this.#schedule();
    this.#queue.shift();
    if (this.#receiver.alive) {
      time.current = this.#receiver;
      next.run();
    }
    this.#schedule();
  }
}

/** One connection from the agent to the hub. */
export class Connection {
  readonly id: number;
  readonly #network: Network;
  readonly #client = new EventEmitter();
  readonly #server = new EventEmitter();
  readonly #edge: Process;
  #hub: Process | undefined;
  readonly #up: Wire;
  #down: Wire | undefined;
  #clientOpen = true;
  #serverOpen = true;
  #lost = false;
  /** Numbers of the reports that are on their way. */
  readonly #reports: number[] = [];
  /** That the agent said hello with. */
  #epoch = '';
  readonly call: HubCall;

  constructor(network: Network, id: number) {
    this.id = id;
    this.#network = network;
    const { time, trace } = network;
    this.#edge = time.current;
    const { requestSerialize } = syncService.session;
    // The far end is only known when the first bytes arrive there.
    const world = time.world;
    this.#up = new Wire({
      network,
      receiver: world,
      deliver: (bytes) => this.#atHub(bytes),
      ended: () => this.#serverEnds('cancelled'),
    });
    const client = this.#client;
    const up = this.#up;
    const write = (message: AgentMessage): void => {
      if (!this.#clientOpen) return;
      if (message.type === 'report') this.#reports.push(++network.reportsWritten);
      up.send(requestSerialize(message));
      if (up.waiting > HIGH_WATER_BYTES) {
        const edge = this.#edge;
        time.after(up.msUntil(HIGH_WATER_BYTES), () => this.#clientOpen && client.emit('drain'), edge);
      }
    };
    this.call = Object.assign(client, {
      write,
      cancel: () => this.#cancel(),
      writableNeedDrain: false,
    });
    Object.defineProperty(this.call, 'writableNeedDrain', { get: () => up.waiting > HIGH_WATER_BYTES });
    const reach = network.conditions.latencyMs;
    time.after(reach, () => this.#connect(), world);
    trace.add('network', `connection ${id} begins`);
  }

  /** Both ends lose it, each when it hears of it. Up to then what is sent may still arrive in one direction. */
  reset(reason: string): void {
    this.#lost = true;
    const { time, random, trace } = this.#network;
    const [atEdge, atHub] = [random, random].map((draw) => draw.next() ** 3 * KEEPALIVE_MS);
    for (const wire of [this.#up, this.#down]) if (wire && random.next() < 1 / 2) wire.lostAfter = time.now;
    trace.add('network', `connection ${this.id} is lost: ${reason}`);
    time.after(atEdge, () => this.#clientFails(reason), this.#edge);
    time.after(atHub, () => this.#serverEnds('cancelled'), time.world);
  }

  /** One end is gone; the other hears of it at once, or not before keepalive tells. What it had sent still arrives. */
  endGone(end: 'edge' | 'hub', silently: boolean): void {
    const { time, conditions } = this.#network;
    const ms = silently ? KEEPALIVE_MS : conditions.latencyMs;
    if (end === 'edge') {
      this.#clientOpen = false;
      time.after(ms, () => this.#serverEnds('cancelled'), time.world);
    } else {
      this.#serverOpen = false;
      time.after(ms, () => this.#clientFails('the hub is gone'), this.#edge);
    }
  }

  /** Nothing arrives for a while, without a word. Longer than keepalive bears: both ends give it up. */
  stall(until: number): void {
    const { time } = this.#network;
    this.#up.stall(until);
    this.#down?.stall(until);
    if (until - time.now < KEEPALIVE_MS) return;
    this.#lost = true;
    time.after(KEEPALIVE_MS, () => this.#clientFails('keepalive timed out'), this.#edge);
    // The hub's end is slower, or is not told before the stall ends: then the old connection delivers once more.
    const atHub = KEEPALIVE_MS * (1 + this.#network.random.next());
    time.after(atHub, () => this.#serverEnds('cancelled'), time.world);
  }

  /** It is lost, and the agent has not heard of it: what is acked there is not heard of either. */
  get deceives(): boolean {
    return this.#lost && this.#clientOpen;
  }

  get isOpen(): boolean {
    return this.#clientOpen || this.#serverOpen;
  }

  #connect(): void {
    const { hub, time } = this.#network;
    const found = this.#network.reachable ? hub() : undefined;
    if (!found) {
      const { latencyMs } = this.#network.conditions;
      this.#serverOpen = false;
      time.after(latencyMs, () => this.#clientFails('no connection'), this.#edge);
      return;
    }
    this.#hub = found.process;
    const { responseSerialize, responseDeserialize } = syncService.session;
    const down = (this.#down = new Wire({
      network: this.#network,
      receiver: this.#edge,
      deliver: (bytes) => {
        if (!this.#clientOpen) return;
        const message = responseDeserialize(bytes);
        this.#network.trace.add('agent', `gets ${toldOfHub(message)} (${this.id})`);
        this.#client.emit('data', message);
      },
      ended: () => this.#clientEnds(),
    }));
    const call: AgentCall = Object.assign(this.#server, {
      getPeer: () => 'agent:1',
      write: (message: HubMessage) => {
        if (!this.#serverOpen) return;
        found.sends(message, this.#epoch);
        down.send(responseSerialize(message));
      },
      pause: () => void (this.#up.paused = true),
      resume: () => this.#up.resume(),
      end: () => down.end(),
    });
    time.current = found.process;
    found.accept(call);
  }

  #atHub(bytes: Buffer): void {
    const { time, trace } = this.#network;
    if (!this.#serverOpen || !this.#hub?.alive) return;
    time.current = this.#hub;
    const message = syncService.session.requestDeserialize(bytes);
    trace.add('hub', `gets ${toldOfAgent(message)} (${this.id})`);
    if (message.type === 'report') this.#network.reportArrived(this.#reports.shift() ?? 0);
    if (message.type === 'hello') this.#epoch = message.epoch;
    this.#server.emit('data', message);
    const { random, repeats } = this.#network;
    if (repeats && message.type === 'segment' && random.next() < 1 / 3) this.#server.emit('data', message);
  }

  /** Of the agent: what it wrote before is mostly delivered, and what the hub writes is not heard any more. */
  #cancel(): void {
    if (!this.#clientOpen) return;
    this.#clientOpen = false;
    const { random, time } = this.#network;
    if (this.#down) this.#down.cut = true;
    if (random.next() < 1 / 2) this.#up.lostAfter = time.now;
    this.#up.end();
    // Should that not arrive, keepalive tells.
    time.after(KEEPALIVE_MS, () => this.#serverEnds('cancelled'), time.world);
  }

  #clientFails(reason: string): void {
    if (!this.#clientOpen) return;
    if (this.#down) this.#down.cut = true;
    this.#client.emit('error', new Error(reason));
  }

  #clientEnds(): void {
    if (this.#clientOpen) this.#client.emit('end');
  }

  #serverEnds(event: 'cancelled'): void {
    if (!this.#serverOpen) return;
    this.#serverOpen = false;
    this.#up.cut = true;
    if (!this.#hub?.alive) return;
    this.#network.time.current = this.#hub;
    this.#server.emit(event);
  }
}

export interface ListeningHub {
  readonly process: Process;
  accept(call: AgentCall): void;
  /** Looks at what it is about to send. */
  sends(message: HubMessage, epoch: string): void;
}

export class Network {
  readonly time: VirtualTime;
  readonly random: Random;
  readonly trace: Trace;
  readonly hub: () => ListeningHub | undefined;
  conditions: Conditions;
  /** New connections come about. */
  reachable = true;
  /** Segments arrive twice now and then: no such line is known, but a repeat is to change nothing. */
  repeats = false;
  /** By agents, over all connections. */
  reportsWritten = 0;
  /** The highest number of a report that has arrived, in the order in which they were written. */
  latestReport = 0;
  #connections: Connection[] = [];
  #dialled = 0;

  constructor(options: Pick<Network, 'time' | 'random' | 'trace' | 'hub' | 'conditions'>) {
    this.time = options.time;
    this.random = options.random;
    this.trace = options.trace;
    this.hub = options.hub;
    this.conditions = options.conditions;
  }

  reportArrived(number: number): void {
    this.latestReport = Math.max(this.latestReport, number);
  }

  get open(): readonly Connection[] {
    this.#connections = this.#connections.filter(({ isOpen }) => isOpen);
    return this.#connections;
  }

  readonly dial: Dial = () => {
    const connection = new Connection(this, ++this.#dialled);
    this.#connections.push(connection);
    return { call: connection.call, close: () => undefined };
  };
}

const lanes = ['', 'alarm', 'data', 'detail'];

function toldOfAgent(message: AgentMessage): string {
  switch (message.type) {
    case 'hello':
      return `hello of epoch ${message.epoch}: ${message.lanes.map(({ lane, lowest, next }) => `${lanes[lane]} ${lowest}..${next}`).join(', ')}`;
    case 'segment':
      return `${lanes[message.lane]} ${message.sequences.from}..${message.sequences.to}`;
    case 'definitions':
      return `definitions ${message.first}..${message.first + message.series.length}`;
    case 'report':
      return `report: ${message.backlogSamples} wait, ${message.shed.length} shed, ${message.resent} sent again`;
  }
}

function toldOfHub(message: HubMessage): string {
  if (message.type === 'refusal') return `refusal: ${message.message}`;
  const received = message.received.map(
    ({ lane, ranges }) => `${lanes[lane]} ${ranges.map(({ from, to }) => `${from}..${to}`).join(' ')}`,
  );
  return `${message.type} ${received.join(', ')}`;
}
