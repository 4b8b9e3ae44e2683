import { type Range, RangeSet } from '@sluis/protocol';

/** Sequences of a lane that are done with, as ranges; below the lowest held everything is. */
export class LaneProgress {
  /** Not to be sent: acked in this epoch, or damaged. */
  done: RangeSet;
  /** In the totals already: acked in any epoch, or damaged. */
  counted: RangeSet;
  /** Damaged: in no epoch to be sent. */
  damaged: RangeSet;

  constructor(ranges: Partial<Record<'done' | 'counted' | 'damaged', readonly Range[]>> = {}) {
    this.done = new RangeSet(ranges.done);
    this.counted = new RangeSet(ranges.counted);
    this.damaged = new RangeSet(ranges.damaged);
  }

  /** Forgets what is below the lowest sequence held, so that the sets stay small. */
  clip(lowest: number): void {
    this.done = clipped(this.done, lowest);
    this.counted = clipped(this.counted, lowest);
    this.damaged = clipped(this.damaged, lowest);
  }

  /** A new epoch: all that is held is to be sent again. */
  restart(): void {
    this.done = new RangeSet(this.damaged.ranges);
  }
}

function clipped(set: RangeSet, lowest: number): RangeSet {
  if ((set.ranges[0]?.from ?? lowest) >= lowest) return set;
  return new RangeSet(set.ranges.map(({ from, to }: Range) => ({ from: Math.max(from, lowest), to })));
}
