import type { DuckDBDataChunk } from '@duckdb/node-api';
import { describe } from '@sluis/runtime';
import { cutOf } from '../store/retention-plan.ts';
import { type ExpiryQuestion, NO_FLOOR, type SampleFile, type WriteJob } from '../store/sample-files.ts';
import { doubles } from './chunk-columns.ts';
import type { DuckDBRun } from './duckdb-run.ts';
import { matchesPath } from './path-pattern.ts';
import { readFiles } from './sample-sql.ts';

type Rules = Pick<WriteJob & { kind: 'merge' }, 'retention' | 'now' | 'dropBefore'>;

/** Rows of a series before `cut` (µs) have expired. */
export type Cut = readonly [path: string, cut: number];

/** As SQL: the path of each series that the files hold, and the time of its first row there. */
export function firstsSql(files: readonly SampleFile[]): string {
  const summaries = readFiles(files.map(({ seriesPath }) => seriesPath));
  return `SELECT path, epoch_us(min(first))::DOUBLE FROM ${summaries} GROUP BY path`;
}

/** Cuts of those series that have rows before theirs. `firsts`: the result of {@link firstsSql}. */
export async function expiryCuts(
  firsts: AsyncIterable<DuckDBDataChunk>,
  { retention, now, dropBefore }: Rules,
): Promise<Cut[]> {
  const rules = retention.map((rule) => ({ matches: matchesPath(rule.match), cut: cutOf(rule, now) }));
  const cuts: Cut[] = [];
  for await (const chunk of firsts) {
    const paths = chunk.getColumnValues(0) as string[];
    for (const [row, first] of doubles(chunk, 1).entries()) {
      const rule = rules.find(({ matches }) => matches(paths[row]));
      const cut = Math.max(rule?.cut ?? NO_FLOOR, dropBefore);
      if (first < cut) cuts.push([paths[row], cut]);
    }
  }
  return cuts;
}

/** Ids of the files that hold expired rows. One that cannot be read is left as it is. */
export async function expiredFiles(
  run: DuckDBRun,
  files: readonly SampleFile[],
  { retention, now }: ExpiryQuestion,
): Promise<number[]> {
  const latestCut = now - Math.min(...retention.map(({ keep }) => keep));
  const expired: number[] = [];
  for (const file of files) {
    if (!(file.firstTime < latestCut)) continue;
    try {
      const cuts = await expiryCuts(await run.stream(firstsSql([file])), { retention, now, dropBefore: NO_FLOOR });
      if (cuts.length > 0) expired.push(file.id);
    } catch (error) {
      run.throwIfAborted();
      console.error(`${file.seriesPath}: ${describe(error)}`);
    }
  }
  return expired.sort((a, b) => a - b);
}
