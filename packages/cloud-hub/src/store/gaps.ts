import { type Range, RangeSet } from '@sluis/protocol';

/** Why a range will never come, as the hub itself finds out when an agent no longer holds what was never received. */
export const MISSING = 'missing';
/** The agent came back with another outbox than the one that it last said had something to send. */
export const OUTBOX_LOST = 'outbox lost';
/** The hub has received it, and what it stored has rotted: that it was received closes no such gap. */
export const DAMAGED_HERE = 'damaged at the hub';
/** Numbers that the agent gave to nothing: nothing is missing there. */
export const BURNED = 'burned';
/** Several gaps in one, where a lane has more than {@link MAX_GAPS}. */
export const SEVERAL = 'several';

/** Gaps that are kept of a lane. */
export const MAX_GAPS = 512;

export interface GapRange extends Range {
  /** Null where nobody knows. */
  readonly samples: number | null;
  readonly reason: string;
  /** Least and greatest time of the samples in µs since 1970; null where nobody knows. */
  readonly firstTime: number | null;
  readonly lastTime: number | null;
}

/**
 * The gaps of a lane, in order and disjoint, after `reported` is added. What is reported twice counts once; a report
 * that covers earlier ones replaces them, and what tells more replaces what tells less. What is missing joins its neighbours;
 * what was reported does not, for a report that covers it is to replace it, until the oldest join beyond
 * {@link MAX_GAPS}, whatever their reasons.
 */
export function addGap(gaps: readonly GapRange[], reported: GapRange): GapRange[] {
  const kept: GapRange[] = [];
  const standing = new RangeSet();
  for (const gap of gaps) {
    if (gap.to <= reported.from || reported.to <= gap.from) {
      kept.push(gap);
    } else if (weight(gap) < weight(reported)) {
      kept.push(...without(gap, new RangeSet([reported])));
    } else if (gap.from < reported.from || reported.to < gap.to || gap.reason !== reported.reason) {
      kept.push(gap);
      standing.add(gap);
    }
  }
  return folded(joined([...kept, ...without(reported, standing)].sort((a, b) => a.from - b.from)));
}

/** Any reason tells more than none; and what one history of an outbox gave to nothing, another may have lost. */
function weight({ reason }: GapRange): number {
  if (reason === MISSING) return 0;
  return reason === BURNED ? 1 : 2;
}

/** The gaps of a lane, once it is told elsewhere why a range will never come: that is no longer just missing. */
export function withoutMissing(gaps: readonly GapRange[], told: Range): GapRange[] {
  const covered = new RangeSet([told]);
  return gaps.flatMap((gap) => (gap.reason === MISSING ? without(gap, covered) : [gap]));
}

/**
 * What is left of a gap once `received` has arrived nevertheless. Who reported a gap counted its samples without what
 * it knew to have arrived: it stays one, with its count, until all of it has. What was under way when it was given up may
 * have arrived and is counted all the same; where the agent knows of all of it that it had, this hub was put back to
 * before that, and nobody knows how much it lacks. What the hub only found missing is what is missing.
 */
export function stillOpen(gap: GapRange, received: RangeSet): GapRange[] {
  if (gap.reason === BURNED) return [];
  if (gap.reason === DAMAGED_HERE) return [gap];
  if (gap.reason === MISSING) return without(gap, received);
  const missing = received.missing(gap);
  if (missing.length === 0) return [];
  return [{ ...gap, from: missing[0].from, to: missing[missing.length - 1].to, samples: gap.samples || null }];
}

/** The parts of a gap outside `covered`; how many samples a part has is not known. */
function without(gap: GapRange, covered: RangeSet): GapRange[] {
  return covered
    .missing(gap)
    .map(({ from, to }) => ({ ...gap, from, to, samples: from === gap.from && to === gap.to ? gap.samples : null }));
}

function joined(gaps: readonly GapRange[]): GapRange[] {
  const result: GapRange[] = [];
  for (const gap of gaps) {
    const last = result.at(-1);
    if (last && last.to === gap.from && last.reason === MISSING && gap.reason === MISSING)
      result[result.length - 1] = union(last, gap);
    else result.push(gap);
  }
  return result;
}

/** At most {@link MAX_GAPS}: the oldest two become one that spans what lies between them. */
function folded(gaps: readonly GapRange[]): GapRange[] {
  const [first, ...rest] = gaps;
  if (gaps.length <= MAX_GAPS) return [...gaps];
  const reason = first.reason === rest[0].reason && first.reason !== MISSING ? first.reason : SEVERAL;
  return folded([{ ...union(first, rest[0]), reason }, ...rest.slice(1)]);
}

function union(a: GapRange, b: GapRange): GapRange {
  const both = <T>(one: T | null, other: T | null, combine: (one: T, other: T) => T): T | null =>
    one === null || other === null ? null : combine(one, other);
  return {
    from: a.from,
    to: b.to,
    reason: a.reason,
    samples: both(a.samples, b.samples, (one, other) => one + other),
    firstTime: both(a.firstTime, b.firstTime, Math.min),
    lastTime: both(a.lastTime, b.lastTime, Math.max),
  };
}
