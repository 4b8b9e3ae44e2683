import type { AgentCall } from '@sluis/cloud-hub/sessions';
import type { Dial } from '@sluis/edge-agent/uplink';
import type { HubMessage } from '@sluis/protocol';
import type { Random } from '../e2e/random.ts';
import { Connection } from './connection.ts';
import type { Trace } from './trace.ts';
import type { Process, VirtualTime } from './virtual-time.ts';
import type { Conditions } from './wire.ts';

/*
 * Connections as TCP and gRPC give them: each direction delivers a prefix of what was sent, in order; it may be late,
 * stand still for a while without a word, and end at any message. The two ends learn of an end by themselves, one long
 * before the other, so an old connection may still deliver when the next one has welcomed the agent.
 */

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
