import { matchesPath } from '@sluis/protocol';
import { describe } from '@sluis/runtime';
import { cutOf } from '../store/retention-plan.ts';
import { type ExpiryAnswer, type ExpiryQuestion, NO_FLOOR, type SampleFile } from '../store/sample-files.ts';
import { doubles } from './chunk-columns.ts';
import type { DuckDBRun } from './duckdb-run.ts';
import { summarize, SUMMARIES } from './file-summaries.ts';

/** Whether any row of those in {@link SUMMARIES} has expired, and whether any has not. */
async function expiry(
  run: DuckDBRun,
  { retention, now }: ExpiryQuestion,
): Promise<{ readonly some: boolean; readonly someLeft: boolean }> {
  const rules = retention.map((rule) => ({ matches: matchesPath(rule.match), cut: cutOf(rule, now) }));
  let some = false;
  let someLeft = false;
  const extents = await run.stream(
    `SELECT path, epoch_us(min(first))::DOUBLE, epoch_us(max(last))::DOUBLE FROM ${SUMMARIES} GROUP BY path`,
  );
  for await (const chunk of extents) {
    const paths = chunk.getColumnValues(0) as string[];
    const lasts = doubles(chunk, 2);
    for (const [row, first] of doubles(chunk, 1).entries()) {
      const cut = rules.find(({ matches }) => matches(paths[row]))?.cut ?? NO_FLOOR;
      some ||= first < cut;
      someLeft ||= lasts[row] >= cut;
    }
  }
  return { some, someLeft };
}

/** Ids of the files that hold expired rows. One that cannot be read is left as it is. */
export async function expiredFiles(
  run: DuckDBRun,
  files: readonly SampleFile[],
  question: ExpiryQuestion,
): Promise<ExpiryAnswer> {
  const latestCut = question.now - Math.min(...question.retention.map(({ keep }) => keep));
  const inPart: number[] = [];
  const whole: number[] = [];
  for (const file of files) {
    if (!(file.firstTime < latestCut)) continue;
    try {
      await summarize(run, [file]);
      const { some, someLeft } = await expiry(run, question);
      if (!someLeft) whole.push(file.id);
      else if (some) inPart.push(file.id);
    } catch (error) {
      run.throwIfAborted();
      console.error(`${file.path}: ${describe(error)}`);
    }
  }
  return { inPart, whole };
}
