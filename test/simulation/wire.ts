import type { Random } from '../e2e/random.ts';
import type { Process, VirtualTime } from './virtual-time.ts';

export interface Conditions {
  /** One way. */
  readonly latencyMs: number;
  /** Up to this is added to it, drawn for each message. */
  readonly jitterMs: number;
  readonly bytesPerMs: number;
}

/** What a wire follows at any moment. */
export interface World {
  readonly time: VirtualTime;
  readonly random: Random;
  readonly conditions: Conditions;
}

/** One direction of a connection: it delivers a prefix of what was sent, in order, however late. */
export class Wire {
  readonly #world: World;
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
    world: World;
    receiver: Process;
    deliver: (bytes: Buffer) => void;
    /** Everything before has arrived. */
    ended: () => void;
  }) {
    this.#world = options.world;
    this.#receiver = options.receiver;
    this.#deliver = options.deliver;
    this.#ended = options.ended;
  }

  /** Bytes that are not on the line yet. */
  get waiting(): number {
    return Math.max(0, this.#busyUntil - this.#world.time.now) * this.#bytesPerMs;
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
    const { time, conditions, random } = this.#world;
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
    const { time } = this.#world;
    const at = Math.max(next.at, this.stalledUntil);
    // On behalf of the world: where the receiver is dead, nothing takes what arrives.
    time.after(at - time.now, () => this.#arrive(), time.world);
  }

  #arrive(): void {
    this.#scheduled = false;
    const { time } = this.#world;
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
