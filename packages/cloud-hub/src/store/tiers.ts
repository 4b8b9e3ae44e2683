import { type MergeRules, tierOf } from './compaction-plan.ts';
import type { SampleFile } from './sample-files.ts';

/** Groups of files of about the same size. */
export interface TierStatus {
  readonly tier: number;
  readonly groups: number;
  readonly files: number;
  readonly samples: number;
  readonly bytes: number;
}

/** The smallest first. */
export function tiersOf(files: readonly SampleFile[], rules: MergeRules): TierStatus[] {
  const groups = [...Map.groupBy(files, ({ group }) => group).values()].map((members) => ({
    files: members.length,
    samples: sum(members.map(({ rows }) => rows)),
    bytes: sum(members.map(({ bytes }) => bytes)),
  }));
  const byTier = Map.groupBy(groups, ({ samples }) => tierOf(samples, rules));
  return [...byTier]
    .sort(([a], [b]) => a - b)
    .map(([tier, members]): TierStatus => ({
      tier,
      groups: members.length,
      files: sum(members.map((group) => group.files)),
      samples: sum(members.map(({ samples }) => samples)),
      bytes: sum(members.map(({ bytes }) => bytes)),
    }));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
