import { type Range, RangeSet } from '@sluis/protocol';
import type { GivenUp } from './log.ts';

/** Of these the outbox tells the hub. */
const MAX_GIVEN_UP = 256;

/** Of one lane. */
export type GivenUpRange = Omit<GivenUp, 'lane'>;

/** Sequences of a lane that are done with, as ranges; below the lowest held everything is. */
export class LaneProgress {
  /** Not to be sent: acked in this epoch, or given up. */
  done: RangeSet;
  /** In the totals already: acked in any epoch, or given up. */
  counted: RangeSet;
  /** Damaged or refused: in no epoch to be sent. */
  closed: RangeSet;
  /** The newest of them, with what they held; those whose file is gone too, for the hub may not know of them yet. */
  givenUp: readonly GivenUpRange[];

  constructor(
    ranges: Partial<Record<'done' | 'counted' | 'closed', readonly Range[]>> = {},
    givenUp: readonly GivenUpRange[] = [],
  ) {
    this.done = new RangeSet(ranges.done);
    this.counted = new RangeSet(ranges.counted);
    this.closed = new RangeSet(ranges.closed);
    this.givenUp = givenUp;
  }

  giveUp(range: GivenUpRange): void {
    const { sequences } = range;
    this.done.add(sequences);
    this.counted.add(sequences);
    this.closed.add(sequences);
    this.givenUp = [...this.givenUp, range].slice(-MAX_GIVEN_UP);
  }

  /** Forgets what is below the lowest sequence held, so that the sets stay small. */
  clip(lowest: number): void {
    this.done = clipped(this.done, lowest);
    this.counted = clipped(this.counted, lowest);
    this.closed = clipped(this.closed, lowest);
  }

  /** A new epoch: all that is held is to be sent again. */
  restart(): void {
    this.done = new RangeSet(this.closed.ranges);
  }
}

function clipped(set: RangeSet, lowest: number): RangeSet {
  if ((set.ranges[0]?.from ?? lowest) >= lowest) return set;
  return new RangeSet(set.ranges.map(({ from, to }: Range) => ({ from: Math.max(from, lowest), to })));
}
