import type { DuckDBRun } from './duckdb-run.ts';
import { doubles } from './chunk-columns.ts';
import { quoted, timestamp } from './sample-sql.ts';

/** What goes to one file. */
export interface FilePart {
  /** On columns series and time. */
  readonly condition: string;
}

interface Sized {
  readonly first: string;
  readonly last: string;
  readonly rows: number;
}

/**
 * Cuts rows into parts of about so many at most, in the order of series and time: between series where that is enough,
 * and by time within one that alone has more. Each part excludes the others, and together they are all.
 */
export async function* fileParts(
  run: DuckDBRun,
  { rows, sizes }: { readonly rows: string; readonly sizes: string },
  maxRows: number,
): AsyncGenerator<FilePart> {
  const [[total]] = await run.rows(`SELECT coalesce(sum(rows), 0)::DOUBLE FROM (${sizes})`);
  // So it nearly always is where rows come from a hot table, which may have a million series.
  if (Number(total) <= maxRows) {
    yield { condition: 'true' };
    return;
  }
  // Read whole before the first part is written: a run has one statement at a time.
  const ranges: Sized[] = [];
  for await (const chunk of await run.stream(`SELECT path, rows::DOUBLE FROM (${sizes}) ORDER BY path`)) {
    const paths = chunk.getColumnValues(0) as string[];
    for (const [i, count] of doubles(chunk, 1).entries()) {
      const range = ranges.at(-1);
      if (range && range.rows + count <= maxRows) {
        ranges[ranges.length - 1] = { first: range.first, last: paths[i], rows: range.rows + count };
      } else {
        ranges.push({ first: paths[i], last: paths[i], rows: count });
      }
    }
  }
  for (const range of ranges) {
    const series = `series BETWEEN ${quoted(range.first)} AND ${quoted(range.last)}`;
    if (range.rows <= maxRows) yield { condition: series };
    else yield* timeParts(run, { rows, series, parts: Math.ceil(range.rows / maxRows) });
  }
}

/** Cuts at times that an estimate finds, which takes little memory however many rows there are. */
async function* timeParts(
  run: DuckDBRun,
  { rows, series, parts }: { rows: string; series: string; parts: number },
): AsyncGenerator<FilePart> {
  const shares = Array.from({ length: parts - 1 }, (_, i) => (i + 1) / parts);
  const [[estimates]] = await run.rows(
    `SELECT approx_quantile(epoch_us(time)::DOUBLE, [${shares.join(', ')}]) FROM (${rows}) WHERE ${series}`,
  );
  const found = (estimates as { readonly items: readonly number[] } | null)?.items ?? [];
  const cuts = [...new Set(found.map(Math.floor))].sort((a, b) => a - b);
  for (let i = 0; i <= cuts.length; i++) {
    const from = i === 0 ? '' : ` AND time >= ${timestamp(cuts[i - 1])}`;
    const to = i === cuts.length ? '' : ` AND time < ${timestamp(cuts[i])}`;
    yield { condition: `${series}${from}${to}` };
  }
}
