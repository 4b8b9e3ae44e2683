import type { DuckDBDataChunk } from '@duckdb/node-api';
import type { WriteJob } from '../store/sample-files.ts';
import { doubles } from './chunk-columns.ts';
import { matchesPath } from './path-pattern.ts';

type Rules = Pick<WriteJob & { kind: 'merge' }, 'retention' | 'now' | 'dropBefore'>;

/** Rows of a series before `cut` (µs) have expired. */
export type Cut = readonly [path: string, cut: number];

/** Cuts of those series that have rows before theirs. `firsts`: columns path, and the time of the first row. */
export async function expiryCuts(
  firsts: AsyncIterable<DuckDBDataChunk>,
  { retention, now, dropBefore }: Rules,
): Promise<Cut[]> {
  const rules = retention.map(({ match, keep }) => ({ matches: matchesPath(match), cut: now - keep }));
  const cuts: Cut[] = [];
  for await (const chunk of firsts) {
    const paths = chunk.getColumnValues(0) as string[];
    for (const [row, first] of doubles(chunk, 1).entries()) {
      const rule = rules.find(({ matches }) => matches(paths[row]));
      const cut = Math.max(rule?.cut ?? -Infinity, dropBefore ?? -Infinity);
      if (first < cut) cuts.push([paths[row], cut]);
    }
  }
  return cuts;
}
