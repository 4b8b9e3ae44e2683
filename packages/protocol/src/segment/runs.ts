/** Rows of one series that follow each other: run i has the rows from `start[i]` to before `start[i + 1]`. */
export interface Runs {
  readonly series: Uint32Array;
  readonly start: Uint32Array;
}

/** Runs of fewer rows are pooled: their parameters are chosen together. */
const SHORT_RUN = 8;

export function runsOf(ids: Uint32Array): Runs {
  let count = ids.length > 0 ? 1 : 0;
  for (let i = 1; i < ids.length; i++) if (ids[i] !== ids[i - 1]) count++;
  const series = new Uint32Array(count);
  const start = new Uint32Array(count + 1);
  let run = 0;
  for (let i = 0; i < ids.length; i++) {
    if (i === 0 || ids[i] !== ids[i - 1]) {
      series[run] = ids[i];
      start[run++] = i;
    }
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
