import { MAX_SEGMENT_SAMPLES } from './layout.ts';

/** Rows of one series that follow each other: run i has the rows from `start[i]` to before `start[i + 1]`. */
export interface Runs {
  readonly series: Uint32Array;
  readonly start: Uint32Array;
}

/** Runs of fewer rows are pooled: their parameters are chosen together. */
const SHORT_RUN = 8;

/** Where runs start, while they are searched: most segments have far fewer runs than rows. */
const starts = new Uint32Array(MAX_SEGMENT_SAMPLES);

/** Of the ids of one segment, which ascend. */
export function runsOf(ids: Uint32Array): Runs {
  let count = 0;
  let before = -1;
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i];
    if (id === before) continue;
    if (id < before) throw new RangeError(`the id of row ${i} is below that of the row before it`);
    before = id;
    starts[count++] = i;
  }
  const series = new Uint32Array(count);
  const start = new Uint32Array(count + 1);
  for (let run = 0; run < count; run++) {
    start[run] = starts[run];
    series[run] = ids[starts[run]];
  }
  start[count] = ids.length;
  return { series, start };
}

/** The end of the unit that begins at a run: a long run alone, or all short ones up to the next long one. */
export function unitEnd({ series, start }: Runs, run: number): number {
  const isShort = (at: number): boolean => start[at + 1] - start[at] < SHORT_RUN;
  let end = run + 1;
  if (isShort(run)) while (end < series.length && isShort(end)) end++;
  return end;
}
