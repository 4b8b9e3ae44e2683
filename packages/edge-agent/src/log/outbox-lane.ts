import { type Range, RangeSet } from '@sluis/protocol';
import type { GivenUp, TimeSpan } from './log.ts';
import { type RecordedUnconfirmed, Unconfirmed } from './unconfirmed.ts';

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
  /** Given up: in no epoch to be sent. */
  closed: RangeSet;
  /** What they held, by sequence; those whose file is gone too, for the hub may not know of them yet. */
  givenUp: readonly GivenUpRange[];
  readonly unconfirmed: Unconfirmed;

  constructor(
    ranges: Partial<Record<'done' | 'counted' | 'closed', readonly Range[]>> = {},
    givenUp: readonly GivenUpRange[] = [],
    unconfirmed?: RecordedUnconfirmed,
  ) {
    this.done = new RangeSet(ranges.done);
    this.counted = new RangeSet(ranges.counted);
    this.closed = new RangeSet(ranges.closed);
    this.givenUp = givenUp;
    this.unconfirmed = new Unconfirmed(unconfirmed);
  }

  /** `crcs`: by sequence, as far as they are known. */
  giveUp(range: GivenUpRange, crcs: ReadonlyMap<number, number> = new Map()): void {
    const { sequences } = range;
    for (const open of this.done.missing(sequences)) this.unconfirmed.add(open, crcs);
    this.done.add(sequences);
    this.counted.add(sequences);
    this.closed.add(sequences);
    const next = this.givenUp.findIndex((other) => other.sequences.from > sequences.from);
    const at = next < 0 ? this.givenUp.length : next;
    this.givenUp = bounded(this.givenUp.toSpliced(at, 0, range));
  }

  /** One of what was given up is not lost. The range stays, and is told again with what is left of it. */
  giveBack(sequence: number, samples: number): void {
    this.givenUp = this.givenUp.map((range) => {
      const { from, to } = range.sequences;
      return from <= sequence && sequence < to ? { ...range, samples: range.samples - samples } : range;
    });
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

/**
 * Times are the more exact the smaller the ranges are, so neighbours of one reason join only when there are too many:
 * the oldest first. Where none can join, one that lacks no sample goes, or else the oldest: acks between ranges tell that
 * the hub was there to be told.
 */
function bounded(ranges: readonly GivenUpRange[]): readonly GivenUpRange[] {
  if (ranges.length <= MAX_GIVEN_UP) return ranges;
  for (let i = 1; i < ranges.length; i++) {
    const [before, after] = [ranges[i - 1], ranges[i]];
    if (before.sequences.to !== after.sequences.from || before.reason !== after.reason) continue;
    if (before.epoch !== after.epoch) continue;
    return bounded(ranges.toSpliced(i - 1, 2, joined(before, after)));
  }
  const burned = ranges.findIndex(({ reason }) => reason === 'burned');
  return ranges.toSpliced(Math.max(burned, 0), 1);
}

function joined(before: GivenUpRange, after: GivenUpRange): GivenUpRange {
  return {
    sequences: { from: before.sequences.from, to: after.sequences.to },
    samples: before.samples + after.samples,
    reason: before.reason,
    epoch: before.epoch,
    times: before.times && after.times && spanOf(before.times, after.times),
  };
}

/** From the earliest to the latest time of two spans. */
export function spanOf(a: TimeSpan, b: TimeSpan): TimeSpan {
  return { first: Math.min(a.first, b.first), last: Math.max(a.last, b.last) };
}

function clipped(set: RangeSet, lowest: number): RangeSet {
  if ((set.ranges[0]?.from ?? lowest) >= lowest) return set;
  return new RangeSet(set.ranges.map(({ from, to }: Range) => ({ from: Math.max(from, lowest), to })));
}
