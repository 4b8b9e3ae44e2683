import { type Columns, letGoOfRows } from '@sluis/protocol';
import { type HotPart, type HotSeries, type HotWork, SERIES_PER_QUESTION } from './file-work.ts';
import type { GroupWriter } from './group-writer.ts';
import { type HotSegment, hubRowsOf } from './hot-rows.ts';
import { ordAt, type RowSource } from './sample-rows.ts';

/** Rows `from` to before `to` of a segment, which are one series'; `next` is the place of that series' later run, or -1. */
interface Runs {
  readonly source: number[];
  readonly from: number[];
  readonly to: number[];
  readonly next: number[];
  /** By series id: its first run and its last one, or -1. */
  readonly head: Int32Array;
  readonly tail: Int32Array;
}

interface HotOptions {
  readonly writer: GroupWriter;
  readonly signal: AbortSignal;
  /** See HotQuestions. */
  segments(first: number): Promise<readonly HotPart[]>;
  series(ids: Uint32Array): Promise<HotSeries>;
}

/**
 * Writes the rows of hot tables, sorted and each identity once, from the segments that they came in: DuckDB would take
 * four times as long to sort what is sorted but for the order of series.
 */
export async function writeHot({ maps, order }: Omit<HotWork, 'target'>, options: HotOptions): Promise<void> {
  const { writer, signal, segments, series } = options;
  const sources: (RowSource & Columns)[] = [];
  const runs: Runs = {
    source: [],
    from: [],
    to: [],
    next: [],
    head: new Int32Array(order.length + 1).fill(-1),
    tail: new Int32Array(order.length + 1).fill(-1),
  };
  for (let first = 0, parts = await segments(0); parts.length > 0; parts = await segments(first)) {
    signal.throwIfAborted();
    for (const part of parts) addSegment({ ...part, map: maps[part.map] }, sources, runs);
    first += parts.length;
  }
  const present = order.filter((id) => runs.head[id] >= 0);
  for (let start = 0; start < present.length; start += SERIES_PER_QUESTION) {
    const ids = present.slice(start, start + SERIES_PER_QUESTION);
    const { paths, ordered } = await series(ids);
    signal.throwIfAborted();
    for (const [i, path] of paths.entries()) {
      const first = runs.head[ids[i]];
      let rows = 0;
      for (let at = first; at >= 0; at = runs.next[at]) rows += runs.to[at] - runs.from[at];
      await writer.begin(rows);
      if (ordered[i] === 1) await addRuns(path, first, { runs, sources, writer });
      else await addSorted(path, { rows, first, runs, sources, writer });
    }
  }
  for (const source of sources) letGoOfRows(source);
}

function addSegment(segment: HotSegment, sources: (RowSource & Columns)[], runs: Runs): void {
  // One that has rotted was told of when it was loaded.
  const columns = hubRowsOf(segment);
  if (!columns || columns.length === 0) return;
  const { series, length } = columns;
  const source = sources.push({ ...columns, ord: segment.ord }) - 1;
  for (let start = 0, end = 0; start < length; start = end) {
    while (end < length && series[end] === series[start]) end++;
    const id = series[start];
    const place = runs.source.push(source) - 1;
    runs.from.push(start);
    runs.to.push(end);
    runs.next.push(-1);
    if (runs.head[id] < 0) runs.head[id] = place;
    else runs.next[runs.tail[id]] = place;
    runs.tail[id] = place;
  }
}

interface Adding {
  readonly runs: Runs;
  readonly sources: readonly RowSource[];
  readonly writer: GroupWriter;
}

async function addRuns(path: string, first: number, { runs, sources, writer }: Adding): Promise<void> {
  for (let at = first; at >= 0; at = runs.next[at]) {
    const source = sources[runs.source[at]];
    const to = runs.to[at];
    for (let row = runs.from[at]; row < to;) {
      row += writer.add(path, source, row, to);
      if (writer.isFull) await writer.flush();
    }
  }
}

/** Of rows that may be out of order and repeated: by time, and of one time the highest revision, then the latest in the log. */
async function addSorted(
  path: string,
  { rows, first, runs, sources, writer }: Adding & { readonly rows: number; readonly first: number },
): Promise<void> {
  const source = new Uint32Array(rows);
  const place = new Uint32Array(rows);
  const time = new Float64Array(rows);
  let count = 0;
  for (let at = first; at >= 0; at = runs.next[at]) {
    for (let row = runs.from[at]; row < runs.to[at]; row++) {
      source[count] = runs.source[at];
      place[count] = row;
      time[count++] = sources[runs.source[at]].time[row];
    }
  }
  const order = new Uint32Array(rows).map((_, i) => i);
  order.sort((a, b) => time[a] - time[b] || better(sources[source[b]], place[b], sources[source[a]], place[a]));
  for (let i = 0; i < rows;) {
    const winner = order[i];
    // Rows that follow each other in their segment, too, go together.
    let [next, to] = [nextTime(order, time, i), place[winner] + 1];
    while (next < rows && source[order[next]] === source[winner] && place[order[next]] === to) {
      to++;
      next = nextTime(order, time, next);
    }
    await writer.addAll(path, sources[source[winner]], place[winner], to);
    i = next;
  }
}

function nextTime(order: Uint32Array, time: Float64Array, at: number): number {
  let next = at + 1;
  while (next < order.length && time[order[next]] === time[order[at]]) next++;
  return next;
}

/** Positive if row `i` of `a` counts where both have one time, and not row `j` of `b`. */
export function better(a: RowSource, i: number, b: RowSource, j: number): number {
  const revision = (a.revision?.[i] ?? 0) - (b.revision?.[j] ?? 0);
  if (revision !== 0) return revision;
  const [first, second] = [ordAt(a, i), ordAt(b, j)];
  if (first === second) return 0;
  return first > second ? 1 : -1;
}
