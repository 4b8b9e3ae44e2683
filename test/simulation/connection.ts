import { EventEmitter } from 'node:events';
import type { AgentCall } from '@sluis/cloud-hub/sessions';
import type { HubCall } from '@sluis/edge-agent/uplink';
import type { AgentMessage, HubMessage } from '@sluis/protocol';
import { syncService } from '@sluis/protocol/sync';
import { textOfAgentMessage, textOfHubMessage } from './message-text.ts';
import type { Network } from './network.ts';
import type { Process } from './virtual-time.ts';
import { Wire } from './wire.ts';

/** A connection that keeps silent this long is given up, as keepalive does it. */
const KEEPALIVE_MS = 30_000;
/** Written and not yet on its way: with more, the writer is asked to wait. */
const HIGH_WATER_BYTES = 16 << 10;

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
      world: network,
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
      world: this.#network,
      receiver: this.#edge,
      deliver: (bytes) => {
        if (!this.#clientOpen) return;
        const message = responseDeserialize(bytes);
        this.#network.trace.add('agent', `gets ${textOfHubMessage(message)} (${this.id})`);
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
    trace.add('hub', `gets ${textOfAgentMessage(message)} (${this.id})`);
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
