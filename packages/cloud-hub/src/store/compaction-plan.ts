/** What the choice of what to merge goes by. */
export interface MergeRules {
  /** Rows of a group as it comes from a hot table. */
  readonly hotRows: number;
  /** So many groups of a tier become one of the next. */
  readonly fanIn: number;
  /** No group grows beyond this: a merge takes time and space in proportion. */
  readonly maxGroupRows: number;
}

export const GROUPS_PER_MERGE = 8;
/** A group of files grows no further: a merge reads and writes all of it, some minutes and GB. */
export const MAX_GROUP_ROWS = 1_000_000_000;

/** A group of files: `number` is its place in the order of the log. */
export interface Group {
  readonly number: number;
  readonly rows: number;
}

/**
 * The groups to merge next, adjacent and in order; undefined if all is well as it is. Each merge leaves at least
 * `fanIn - 1` groups fewer, so that merging ends; and a row is written once a tier.
 *
 * A tier is merged where `fanIn` groups of it follow each other with none above it between them. Those of lower tiers
 * that lie between (retention has made them small, or groups were full of repeats) go with them.
 */
export function nextMerge(groups: readonly Group[], rules: MergeRules): readonly Group[] | undefined {
  const tiers = groups.map(({ rows }) => tierOf(rows, rules));
  for (const tier of [...new Set(tiers)].sort((a, b) => a - b)) {
    for (let start = 0; start < groups.length; start++) {
      const end = endOfRun(tiers, { start, tier, fanIn: rules.fanIn });
      if (end === undefined) continue;
      const run = groups.slice(start, end);
      if (rowsOf(run) <= rules.maxGroupRows) return run;
    }
  }
  return undefined;
}

/** The groups to merge next so that as few as possible are left in the end; undefined if no fewer can be. */
export function nextMergeOfAll(groups: readonly Group[], { maxGroupRows }: MergeRules): readonly Group[] | undefined {
  for (let start = 0; start < groups.length; start++) {
    let end = start;
    for (let rows = 0; end < groups.length && rows + groups[end].rows <= maxGroupRows; end++) rows += groups[end].rows;
    if (end - start > 1) return groups.slice(start, end);
  }
  return undefined;
}

/** 0 for what one hot table gives. Limits lie in the geometric middle, as rows are fewer where some were repeats. */
export function tierOf(rows: number, { hotRows, fanIn }: MergeRules): number {
  if (rows === Infinity) return Infinity;
  let tier = 0;
  for (let limit = (hotRows * fanIn) / 2; rows >= limit; limit *= fanIn) tier++;
  return tier;
}

/** Where a run from `start` on has `fanIn` of the tier, or undefined if a higher one or the end comes first. */
function endOfRun(
  tiers: readonly number[],
  { start, tier, fanIn }: { start: number; tier: number; fanIn: number },
): number | undefined {
  if (tiers[start] !== tier) return undefined;
  let count = 0;
  for (let i = start; i < tiers.length && tiers[i] <= tier; i++) {
    if (tiers[i] === tier && ++count === fanIn) return i + 1;
  }
  return undefined;
}

function rowsOf(groups: readonly Group[]): number {
  return groups.reduce((sum, { rows }) => sum + rows, 0);
}
