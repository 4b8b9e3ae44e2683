import type { SampleBatch } from '@sluis/protocol';
import type { StoredEntry } from '../log/log.ts';
import type { Entry, Repeats } from './repeats.ts';
import type { Slot } from './slot.ts';
import type { HostImage } from './snapshot.ts';
import { StreamFault } from './stream.ts';

export interface RunOptions {
  readonly repeats: Repeats;
  /** Its memory of repeats is a saved one, and so reaches further back than the journal. */
  readonly restored: boolean;
  readonly slots: readonly Slot[];
  readonly position: number;
}

/**
 * Streams that go through the journal together, with one decode and one memory of repeats. There is one run, but while a
 * stream that faulted, or that starts elsewhere, catches up in a run of its own; runs that meet become one.
 */
export class Run {
  readonly repeats: Repeats;
  readonly restored: boolean;
  readonly slots: Set<Slot>;
  /** All states are those after this entry. */
  position: number;
  /** Read from the journal and not yet processed. */
  ahead: StoredEntry[] = [];

  constructor({ repeats, restored, slots, position }: RunOptions) {
    this.repeats = repeats;
    this.restored = restored;
    this.slots = new Set(slots);
    this.position = position;
  }

  /** One run of two that have met, with the better memory of repeats. */
  static join(one: Run, other: Run): Run {
    const [kept, left] = other.restored && !one.restored ? [other, one] : [one, other];
    for (const slot of left.slots) kept.slots.add(slot);
    return kept;
  }

  /** `emit` takes what was not emitted before; a stream that faults leaves the run at the entry before. */
  process(
    entry: Entry,
    { emit, fault }: { emit(slot: Slot, batch: SampleBatch): void; fault(slot: Slot, fault: StreamFault): void },
  ): void {
    const { batch, repeats } = this.repeats.next(entry);
    for (const slot of this.slots) {
      const { stream } = slot;
      if (!stream || entry.sequence <= slot.from) continue;
      const muted = entry.sequence <= slot.through;
      try {
        if (stream.takes(entry.source)) {
          const results = stream.next(batch);
          const dropped = stream.takeDropped();
          if (!muted) {
            slot.in += entry.rows.length;
            slot.drop('repeat', repeats);
            for (const [reason, rows] of Object.entries(dropped)) slot.drop(reason, rows);
            for (const result of results) emit(slot, result);
          }
        }
      } catch (error) {
        if (!(error instanceof StreamFault)) throw error;
        this.slots.delete(slot);
        fault(slot, error);
        continue;
      }
      if (!muted) slot.through = entry.sequence;
      if (slot.through === entry.sequence) slot.state = 'running';
    }
    this.position = entry.sequence;
  }

  /** Goes past an entry that was given up before any stream of this run had seen it. */
  pass(sequence: number): void {
    for (const slot of this.slots) {
      if (sequence > slot.from) slot.through = Math.max(slot.through, sequence);
      if (slot.through === sequence) slot.state = 'running';
    }
    this.position = sequence;
  }

  /** True if the states are those after `position` with nothing muted: what a snapshot may hold. */
  get isCurrent(): boolean {
    for (const slot of this.slots) if (slot.through !== this.position) return false;
    return true;
  }

  /** The states after `position`. */
  image(): HostImage {
    const streams = [...this.slots].flatMap(({ name, stream }) => (stream ? [[name, stream.snapshot()] as const] : []));
    return { repeats: this.repeats.snapshot(), streams: Object.fromEntries(streams) };
  }
}
