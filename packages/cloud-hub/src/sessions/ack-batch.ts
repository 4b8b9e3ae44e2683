import { type Ack, type Lane, type Range, RangeSet } from '@sluis/protocol';

/**
 * Gathers what was committed since the last ack. Only what the store has resolved is ever added, so an ack can never
 * run ahead of the disk; what is taken is acked once.
 */
export class AckBatch {
  #lanes = new Map<Lane, RangeSet>();

  add(lane: Lane, range: Range): void {
    let ranges = this.#lanes.get(lane);
    if (!ranges) this.#lanes.set(lane, (ranges = new RangeSet()));
    ranges.add(range);
  }

  take(): Ack['received'] {
    const received = [...this.#lanes].map(([lane, set]) => ({ lane, ranges: set.ranges, highestCrc: 0 }));
    this.#lanes = new Map();
    return received;
  }
}
