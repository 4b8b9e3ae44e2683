import type { Site } from '../../test/e2e/site.ts';
import { cpuOf, storeOf } from './bench-site.ts';
import type { CpuSeconds } from './processes.ts';

/** What a series must hold, in order of time. */
export interface Sent {
  readonly path: string;
  /** µs of the first sample, and from one to the next. */
  readonly first: number;
  readonly step: number;
  readonly values: readonly number[];
}

export interface FirstQuery {
  /** From asking to the last byte of the answer: the count of a whole series, which no query has read before. */
  readonly countMs: number;
  /** The same question once more. */
  readonly againMs: number;
  /** The newest samples of another series, all of them there. */
  readonly newestMs: number;
  /** Of the query process but its thread that writes files, over the first two questions. */
  readonly cpuSeconds: number;
  /** Rows that were in memory when it was asked. */
  readonly hotRows: number;
}

const NEWEST_SECONDS = 10;
const MICROSECONDS = 1e6;

/**
 * Asks a hub for what it has just taken in, as people ask, and compares each answer with what was sent. The first answer
 * pays for all rows that are in no file yet: they are brought into DuckDB when a query reads them.
 * @throws Error a sample is missing, double or another
 */
export async function firstQuery(site: Site, counted: Sent, looked: Sent): Promise<FirstQuery> {
  const { hot } = await storeOf(site);
  const before = cpuOf(site);
  const countMs = await timed(() => checkCount(site, counted));
  const newestMs = await timed(() => checkNewest(site, looked));
  const cpuSeconds = ofQueries(cpuOf(site).since(before));
  const againMs = await timed(() => checkCount(site, counted));
  return { countMs, againMs, newestMs, cpuSeconds, hotRows: hot.samples };
}

async function checkCount({ api }: Site, { path, values }: Sent): Promise<void> {
  const { rows } = await api.aggregate(path, { every: '1h', fn: 'count' });
  const count = rows.reduce((sum, [, windowed]) => sum + Number(windowed), 0);
  if (count !== values.length) throw new Error(`${path}: a query counts ${count}, ${values.length} were sent`);
}

async function checkNewest({ api }: Site, { path, first, step, values }: Sent): Promise<void> {
  const length = Math.min(values.length, (NEWEST_SECONDS * MICROSECONDS) / step);
  const at = values.length - length;
  const { time, value } = await api.numbers(path, { from: String(first + at * step) });
  const isSent = (µs: number, i: number): boolean => µs === first + (at + i) * step && value[i] === values[at + i];
  if (time.length === length && time.every(isSent)) return;
  throw new Error(`${path}: the newest ${time.length} samples are not the ${length} that were sent`);
}

async function timed(work: () => Promise<void>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

/** Files are written meanwhile, by a thread of the same process: that is compaction. */
function ofQueries({ processes, threads }: CpuSeconds): number {
  const of = (name: string): number => processes.get(name) ?? 0;
  return of('hub query-process') - (threads.get('hub query-process/files') ?? 0);
}
