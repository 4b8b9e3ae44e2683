import { describe } from '@sluis/runtime';
import { cutOf } from '../store/retention-plan.ts';
import {
  type ExpiryAnswer,
  type ExpiryQuestion,
  NO_FLOOR,
  type SampleFile,
  type WriteJob,
} from '../store/sample-files.ts';
import { doubles } from './chunk-columns.ts';
import type { DuckDBRun } from './duckdb-run.ts';
import { summarize, SUMMARIES } from './file-summaries.ts';
import { matchesPath } from './path-pattern.ts';

type Rules = Pick<WriteJob & { kind: 'merge' }, 'retention' | 'now' | 'dropBefore'>;

/** Rows of a series before `cut` (µs) have expired. */
export type Cut = readonly [path: string, cut: number];

/** Cuts of those series in {@link SUMMARIES} that have rows before theirs, and whether any row at all is left then. */
export async function expiryCuts(
  run: DuckDBRun,
  { retention, now, dropBefore }: Rules,
): Promise<{ readonly cuts: Cut[]; readonly someLeft: boolean }> {
  const rules = retention.map((rule) => ({ matches: matchesPath(rule.match), cut: cutOf(rule, now) }));
  const cuts: Cut[] = [];
  let someLeft = false;
  const extents = await run.stream(
    `SELECT path, epoch_us(min(first))::DOUBLE, epoch_us(max(last))::DOUBLE FROM ${SUMMARIES} GROUP BY path`,
  );
  for await (const chunk of extents) {
    const paths = chunk.getColumnValues(0) as string[];
    const lasts = doubles(chunk, 2);
    for (const [row, first] of doubles(chunk, 1).entries()) {
      const rule = rules.find(({ matches }) => matches(paths[row]));
      const cut = Math.max(rule?.cut ?? NO_FLOOR, dropBefore);
      if (first < cut) cuts.push([paths[row], cut]);
      someLeft ||= lasts[row] >= cut;
    }
  }
  return { cuts, someLeft };
}

/** Ids of the files that hold expired rows. One that cannot be read is left as it is. */
export async function expiredFiles(
  run: DuckDBRun,
  files: readonly SampleFile[],
  { retention, now }: ExpiryQuestion,
): Promise<ExpiryAnswer> {
  const latestCut = now - Math.min(...retention.map(({ keep }) => keep));
  const inPart: number[] = [];
  const whole: number[] = [];
  for (const file of files) {
    if (!(file.firstTime < latestCut)) continue;
    try {
      await summarize(run, [file]);
      const { cuts, someLeft } = await expiryCuts(run, { retention, now, dropBefore: NO_FLOOR });
      if (!someLeft) whole.push(file.id);
      else if (cuts.length > 0) inPart.push(file.id);
    } catch (error) {
      run.throwIfAborted();
      console.error(`${file.path}: ${describe(error)}`);
    }
  }
  return { inPart, whole };
}
