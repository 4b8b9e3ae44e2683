import { type Range, RangeSet } from '@sluis/protocol';

/** Why a range will never come, as the hub itself finds out when an agent no longer holds what was never received. */
export const MISSING = 'missing';

export interface GapRange extends Range {
  /** Null where nobody knows. */
  readonly samples: number | null;
  readonly reason: string;
}

/**
 * The gaps of a lane, in order and disjoint, after `reported` is added. What is reported twice counts once; a report
 * that covers earlier ones replaces them, and any reason replaces {@link MISSING}. Neighbours with one reason join.
 */
export function addGap(gaps: readonly GapRange[], reported: GapRange): GapRange[] {
  const kept: GapRange[] = [];
  const standing = new RangeSet();
  for (const gap of gaps) {
    if (gap.to <= reported.from || reported.to <= gap.from) {
      kept.push(gap);
    } else if (gap.reason === MISSING && reported.reason !== MISSING) {
      kept.push(...without(gap, new RangeSet([reported])));
    } else if (gap.from < reported.from || reported.to < gap.to || gap.reason !== reported.reason) {
      kept.push(gap);
      standing.add(gap);
    }
  }
  return joined([...kept, ...without(reported, standing)].sort((a, b) => a.from - b.from));
}

/** What is left of a gap outside `covered`; how many samples a part has is not known. */
export function without(gap: GapRange, covered: RangeSet): GapRange[] {
  return covered
    .missing(gap)
    .map(({ from, to }) => ({ ...gap, from, to, samples: from === gap.from && to === gap.to ? gap.samples : null }));
}

function joined(gaps: readonly GapRange[]): GapRange[] {
  const result: GapRange[] = [];
  for (const gap of gaps) {
    const last = result.at(-1);
    if (last && last.to === gap.from && last.reason === gap.reason) {
      const samples = last.samples === null || gap.samples === null ? null : last.samples + gap.samples;
      result[result.length - 1] = { ...last, to: gap.to, samples };
    } else {
      result.push(gap);
    }
  }
  return result;
}
