import type { SeriesGap } from '../store/ingest-store.ts';
import type { RetentionRule } from '../store/sample-files.ts';
import type { AggregateName } from './plan.ts';

/** What the main thread asks the query process. Times in µs, from inclusive, to exclusive. */
export type Query = SeriesQuery | SamplesQuery | AggregateQuery | ChartQuery;

interface After {
  /** Id of the last committed segment: all up to it is seen. */
  readonly after: number;
}

export interface SeriesQuery extends After {
  readonly kind: 'series';
  /** A pattern, or undefined for all. */
  readonly match: string | undefined;
}

export const formats = ['json', 'csv', 'parquet'] as const;
export type Format = (typeof formats)[number];

export interface SamplesQuery extends After {
  readonly kind: 'samples';
  readonly series: string;
  readonly from: number;
  readonly to: number;
  readonly format: Format;
  /** What will never come and may belong there; JSON says it. */
  readonly gaps: readonly SeriesGap[];
}

export interface AggregateQuery extends After {
  readonly kind: 'aggregate';
  readonly series: string;
  readonly from: number;
  readonly to: number;
  /** µs. */
  readonly every: number;
  readonly functions: readonly AggregateName[];
  readonly format: Format;
}

export interface ChartQuery extends After {
  readonly kind: 'chart';
  readonly series: string;
  /** Null: the edge of what there is. */
  readonly from: number | null;
  readonly to: number | null;
  readonly pixels: number;
  readonly format: 'json';
  readonly gaps: readonly SeriesGap[];
}

/** What a live subscription asks for: series that match any of the patterns. */
export interface LiveQuery extends After {
  readonly patterns: readonly string[];
}

/** Bounds that a query process keeps. */
export interface QueryLimits {
  /** Queries that run at once; as many again as `waiting` wait for their turn. */
  readonly concurrent: number;
  readonly waiting: number;
  /** Time that a query may spend in DuckDB, and how long it waits for its turn and for what was acked before it. */
  readonly timeMs: number;
  /** A client that takes nothing for so long is given up. */
  readonly stallMs: number;
  /** DuckDB's memory: beyond it, it spills to files. */
  readonly memoryMiB: number;
  readonly threads: number;
  readonly rowsPerTable: number;
  /** What has expired by these rules is in no answer. */
  readonly retention: readonly RetentionRule[];
}
