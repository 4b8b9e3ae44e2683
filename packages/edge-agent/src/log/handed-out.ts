import { Lane, type Range } from '@sluis/protocol';
import type { LossReason, SegmentTotals } from './log.ts';

/** Of a lane. Many times what is under way at once; of more, the oldest stay counted as given up. */
const MOST = 16_384;

interface LostSegment extends SegmentTotals {
  readonly reason: LossReason;
}

/**
 * Segments that were read to be sent and are not acked. Some of them may be given up, and reach the hub all the same: then
 * they were not lost. In memory only: of what was under way when the agent was killed, and shed before it is connected
 * again, nobody can tell.
 */
export class HandedOut {
  readonly #waiting = byLane<SegmentTotals>();
  readonly #givenUp = byLane<LostSegment>();

  read(lane: Lane, { sequence, samples, bytes }: { sequence: number; samples: number; bytes: Uint8Array }): void {
    bounded(this.#waiting[lane]).set(sequence, { samples, segments: 1, bytes: bytes.length });
  }

  acked(lane: Lane, range: Range): void {
    for (const sequence of within(this.#waiting[lane], range)) this.#waiting[lane].delete(sequence);
  }

  giveUp(lane: Lane, range: Range, reason: LossReason): void {
    const waiting = this.#waiting[lane];
    for (const sequence of within(waiting, range)) {
      const totals = waiting.get(sequence);
      waiting.delete(sequence);
      if (totals) bounded(this.#givenUp[lane]).set(sequence, { ...totals, reason });
    }
  }

  /** Those that were given up and that the hub has: each once. */
  takeReturned(
    lane: Lane,
    ranges: readonly Range[],
  ): { sequence: number; reason: LossReason; totals: SegmentTotals }[] {
    const givenUp = this.#givenUp[lane];
    if (givenUp.size === 0) return [];
    return ranges.flatMap((range) =>
      within(givenUp, range).flatMap((sequence) => {
        const found = givenUp.get(sequence);
        givenUp.delete(sequence);
        if (!found) return [];
        const { reason, ...totals } = found;
        return [{ sequence, reason, totals }];
      }),
    );
  }

  /** Acks speak of another history from now on. */
  clear(): void {
    for (const lane of Object.values(Lane)) {
      this.#waiting[lane].clear();
      this.#givenUp[lane].clear();
    }
  }
}

function byLane<T>(): Record<Lane, Map<number, T>> {
  return { [Lane.alarm]: new Map(), [Lane.data]: new Map(), [Lane.detail]: new Map() };
}

/** Whichever is shorter is gone through: acks are ranges of any length. */
function within(segments: ReadonlyMap<number, unknown>, { from, to }: Range): number[] {
  if (to - from > segments.size) return [...segments.keys()].filter((sequence) => from <= sequence && sequence < to);
  const found: number[] = [];
  for (let sequence = from; sequence < to; sequence++) if (segments.has(sequence)) found.push(sequence);
  return found;
}

/** With room for one more. */
function bounded<T>(segments: Map<number, T>): Map<number, T> {
  const [oldest] = segments.size >= MOST ? segments.keys() : [];
  if (oldest !== undefined) segments.delete(oldest);
  return segments;
}
