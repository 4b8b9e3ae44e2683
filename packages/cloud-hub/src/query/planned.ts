import type { DuckDBDataChunk } from '@duckdb/node-api';
import { kindNames } from '@sluis/protocol';
import { nearest } from '@sluis/runtime';
import { AnswerError } from './answer-error.ts';
import type { Cuts } from './cuts.ts';
import { type DuckDBRun, FEW_ROWS } from './duckdb-run.ts';
import type { FileExtents } from './file-extents.ts';
import { isOneGroup, selectedParts, type Selection } from './plan.ts';
import type { SamplesQuery } from './query.ts';
import type { SeriesIndex, SeriesShape } from './series-index.ts';
import type { HotTable, View } from './view.ts';

/** What an answer is made from. */
export interface Sources {
  readonly index: SeriesIndex;
  readonly files: FileExtents;
  readonly cuts: Cuts;
  /** The view of now; all that it names is there until the answer is given. */
  take(): View;
  /** Resolves when SQL finds all rows in these tables that the index knows of now: before, some are not there, or none. */
  fill(tables: readonly HotTable[]): Promise<void>;
}

export type Pieces = AsyncGenerator<string>;

/** Samples of one series in a time. */
type Asked = Pick<SamplesQuery, 'series' | 'from' | 'to'>;

/** Begins to read what `sql` makes of the selection and its shape. */
export async function planned(
  query: Asked,
  sources: Sources,
  run: DuckDBRun,
  sql: (parts: View, selection: Selection, shape: SeriesShape) => string,
): Promise<{ chunks: AsyncGenerator<DuckDBDataChunk>; shape: SeriesShape }> {
  const id = sources.index.id(query.series);
  const few = id !== undefined && sources.index.rowsWithin(id, query) <= FEW_ROWS;
  return settled(query, sources, async (parts, selection, shape) => {
    const text = sql(parts, selection, shape);
    return { chunks: await (few ? run.few(text) : run.stream(text)), shape };
  });
}

const ATTEMPTS = 3;
/** The shape for which every plan is right. */
const anyShape: SeriesShape = { ordered: false, kinds: (1 << kindNames.length) - 1 };

/**
 * Plans by the shape that a series has, begins to read, and plans again if rows that were loaded meanwhile have changed
 * it: DuckDB takes its snapshot after the plan was made, and the index knows of rows before they are visible.
 */
export async function settled<T>(
  query: Asked,
  sources: Sources,
  begin: (parts: View, selection: Selection, shape: SeriesShape) => Promise<T>,
): Promise<T> {
  const { index, files } = sources;
  const { from, to, series: path } = query;
  const series = index.id(path);
  if (series === undefined) throw unknownSeries(path, index);
  const view = sources.take();
  const selection = { series, path, from: Math.max(from, sources.cuts.of(view)(path)), to };
  const parts = selectedParts(view, selection);
  await sources.fill(parts.hot);
  // Files that exclude each other's repeats need no deduplication, whatever is late elsewhere.
  const ordered = isOneGroup(parts);
  const shapeNow = (): SeriesShape => {
    if (files.unreadable(path)) return anyShape;
    const shape = index.shape(series, from, to);
    return { ...shape, ordered: ordered || shape.ordered };
  };
  for (let attempt = 1; attempt < ATTEMPTS; attempt++) {
    const shape = shapeNow();
    const begun = await begin(parts, selection, shape);
    const now = shapeNow();
    if (now.ordered === shape.ordered && now.kinds === shape.kinds) return begun;
  }
  return begin(parts, selection, anyShape);
}

/** How many paths are looked through for a near one. */
const HINT_PATHS = 10_000;

function unknownSeries(path: string, index: SeriesIndex): AnswerError {
  const near = nearest(path, Iterator.from(index.paths).take(HINT_PATHS));
  return new AnswerError({
    status: 404,
    code: 'unknown-series',
    message: `there is no series ${path}`,
    hint: near ? `did you mean ${near}?` : 'GET /api/v1/series lists the series there are',
  });
}
