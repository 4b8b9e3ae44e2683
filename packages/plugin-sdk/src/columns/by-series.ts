import type { Columns } from '@sluis/protocol';

/** Calls `visit` for each run of rows[from..to) of one series, in order. A series may have several runs in a batch. */
export function bySeries({ series, length }: Columns, visit: (series: number, from: number, to: number) => void): void {
  let from = 0;
  while (from < length) {
    const id = series[from];
    let to = from + 1;
    while (to < length && series[to] === id) to++;
    visit(id, from, to);
    from = to;
  }
}
