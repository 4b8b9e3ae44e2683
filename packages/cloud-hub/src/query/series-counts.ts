import { doubles } from './chunk-columns.ts';
import type { DuckDBRun } from './duckdb-run.ts';
import { allTimes, countsSql } from './plan.ts';
import type { Sources } from './planned.ts';
import type { SeriesIndex } from './series-index.ts';
import { compareUtf8 } from './utf8-order.ts';
import type { View } from './view.ts';

/** What is known of a series that had to be counted. */
export interface Count {
  readonly samples: number;
  /** µs; infinite where it has no samples. */
  readonly first: number;
}

const COUNTED = 'counted';
/** Rows of series are counted by so many at once: each of them takes some tens of bytes while it is. */
const ROWS_AT_ONCE = 4_000_000;

/**
 * Exact counts of those series of which the index may not know: whose rows came out of order, and so perhaps twice, or lie
 * before the cut in part. The index counts the others.
 */
export async function uncertainCounts(
  ids: readonly number[],
  sources: Sources,
  run: DuckDBRun,
): Promise<ReadonlyMap<number, Count>> {
  const { index } = sources;
  const counts = new Map<number, Count>();
  while (uncertainSeries(ids, sources, { view: sources.take(), counts }).length > 0) {
    const view = sources.take();
    await sources.fill(view.hot);
    const uncertain = uncertainSeries(ids, sources, { view, counts });
    const rowsOf = (place: number): number => index.rows(uncertain[place].id);
    for (let start = 0, end = 0; start < uncertain.length; start = end) {
      for (let rows = 0; end < uncertain.length && (rows === 0 || rows + rowsOf(end) <= ROWS_AT_ONCE); end++)
        rows += rowsOf(end);
      await count(uncertain.slice(start, end), { view, sources, run, counts });
    }
  }
  return counts;
}

interface Uncertain {
  readonly id: number;
  readonly path: string;
  readonly cut: number;
}

/** By path. */
function uncertainSeries(
  ids: readonly number[],
  { index, cuts }: Sources,
  { view, counts }: { view: View; counts: ReadonlyMap<number, Count> },
): Uncertain[] {
  const cutOf = cuts.of(view);
  const uncertain: Uncertain[] = [];
  for (const id of ids) {
    if (counts.has(id)) continue;
    const { path } = index.definition(id);
    const cut = cutOf(path);
    if (index.late(id) || index.first(id) < cut) uncertain.push({ id, path, cut });
  }
  return uncertain.sort((a, b) => compareUtf8(a.path, b.path));
}

async function count(
  series: readonly Uncertain[],
  options: { view: View; sources: Sources; run: DuckDBRun; counts: Map<number, Count> },
): Promise<void> {
  const { view, run, counts } = options;
  const { index } = options.sources;
  const ids = series.map(({ id }) => id);
  await run.countSeries(
    COUNTED,
    series.map(({ id, path, cut }) => [id, path, cut]),
  );
  const counted = { table: COUNTED, firstPath: series[0].path, lastPath: series[series.length - 1].path };
  const { recounts } = index;
  const firsts = new Map(ids.map((id) => [id, index.first(id)]));
  const before = lateRange(ids, index);
  const planned = await run.stream(countsSql(view, counted, before));
  const after = lateRange(ids, index);
  const settled = before.from === after.from && before.to === after.to;
  const chunks = settled ? planned : await run.stream(countsSql(view, counted, allTimes));
  // A series of which all rows have expired may be in no row of the result, and is counted all the same.
  for (const id of ids) counts.set(id, { samples: 0, first: Infinity });
  for await (const chunk of chunks) {
    const [found, samples, first, expired] = [0, 1, 2, 3].map((i) => doubles(chunk, i));
    for (let row = 0; row < chunk.rowCount; row++) {
      const [id, count] = [found[row], { samples: samples[row], first: first[row] }];
      counts.set(id, count);
      // Remembered unless another has done so meanwhile: the next question need not count. What came since lies behind.
      const same = index.recounts === recounts && index.first(id) === firsts.get(id);
      if (same && !index.late(id) && count.samples > 0) index.cut(id, { rows: expired[row], first: count.first });
    }
  }
}

function lateRange(ids: readonly number[], index: SeriesIndex): { from: number; to: number } {
  let { to: from, from: to } = allTimes;
  for (const id of ids) {
    const late = index.late(id);
    if (!late) continue;
    from = Math.min(from, late.from);
    to = Math.max(to, late.to);
  }
  return { from, to };
}
