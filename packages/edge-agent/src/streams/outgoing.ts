import { type Columns, type EncodedSegment, Lane } from '@sluis/protocol';
import { OutgoingLane } from './outgoing-lane.ts';

/** Results that wait for their commit, which takes those of all lanes. */
export class Outgoing {
  /** As far as any rows have come for them. */
  readonly #lanes = new Map<Lane, OutgoingLane>();

  /** Ids are the outbox's. */
  add(rows: Columns, lane: Lane = Lane.data): void {
    let own = this.#lanes.get(lane);
    if (!own) this.#lanes.set(lane, (own = new OutgoingLane()));
    own.add(rows);
  }

  get rows(): number {
    let rows = 0;
    for (const lane of this.#lanes.values()) rows += lane.rows;
    return rows;
  }

  get isEmpty(): boolean {
    return this.rows === 0;
  }

  get isFull(): boolean {
    for (const lane of this.#lanes.values()) if (lane.isFull) return true;
    return false;
  }

  /** Among it are alarms: they wait for nothing that might share their commit. */
  get isUrgent(): boolean {
    return !(this.#lanes.get(Lane.alarm)?.isEmpty ?? true);
  }

  clear(): void {
    for (const lane of this.#lanes.values()) lane.clear();
  }

  /** All of it as segments that a message holds, of each lane apart; rows of a series stay in order. */
  take(): (EncodedSegment & { readonly lane: Lane })[] {
    return [...this.#lanes].flatMap(([lane, own]) => own.take().map((segment) => ({ ...segment, lane })));
  }
}
