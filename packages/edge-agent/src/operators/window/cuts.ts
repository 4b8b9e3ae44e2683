import type { WindowConfig } from './config.ts';
import { kindOf, type Marked } from './states.ts';

/** What decides if a sample goes on a segment. */
export interface Segment {
  readonly count: number;
  readonly lastTime: number;
  /** Of its samples, which are all alike in these where states are cut. */
  readonly kind: number;
  readonly value: number;
}

export interface NewSegment extends Segment {
  readonly start: number;
}

export interface Cut {
  /** Samples that go on the segment before. */
  readonly joined: readonly Marked[];
  readonly segments: readonly NewSegment[];
  /** From here on segments are as they were; Infinity if none is. */
  readonly end: number;
}

/** Where sessions, counts and states begin. */
export class Cuts {
  readonly gap: number;
  readonly most: number;
  readonly isState: boolean;

  constructor({ session, count, state }: WindowConfig) {
    this.gap = session ?? Number.POSITIVE_INFINITY;
    this.most = count ?? Number.POSITIVE_INFINITY;
    this.isState = state ?? false;
  }

  continues(segment: Segment, { time, value, mark }: Marked): boolean {
    if (time - segment.lastTime >= this.gap || segment.count >= this.most) return false;
    return !this.isState || (segment.kind === kindOf(mark) && segment.value === value);
  }

  /**
   * Cuts samples from `from` on. `bounds` are starts of segments, in rising order, at which and after which no sample has changed:
   * where one begins there again, the rest is as it was. `samples` gives those of a span in order of time, without those that have no value.
   */
  cut(
    { from, after, bounds }: { from: number; after: Segment | undefined; bounds: readonly number[] },
    samples: (from: number, to: number) => readonly Marked[],
  ): Cut {
    const joined: Marked[] = [];
    const segments: NewSegment[] = [];
    let current = after;
    let start = from;
    for (const end of [...bounds, Number.POSITIVE_INFINITY]) {
      for (const sample of samples(start, end)) {
        const { time, value, mark } = sample;
        if (!current || !this.continues(current, sample)) {
          const begun = { start: time, count: 1, lastTime: time, kind: kindOf(mark), value };
          current = begun;
          segments.push(begun);
          continue;
        }
        current = { ...current, count: current.count + 1, lastTime: time };
        const last = segments.pop();
        if (last) segments.push({ ...current, start: last.start });
        else joined.push(sample);
      }
      // Times are whole: nothing else is in [end, end + 1).
      const [next] = end === Number.POSITIVE_INFINITY ? [] : samples(end, end + 1);
      if (next && !(current && this.continues(current, next))) return { joined, segments, end };
      start = end;
    }
    return { joined, segments, end: Number.POSITIVE_INFINITY };
  }
}
