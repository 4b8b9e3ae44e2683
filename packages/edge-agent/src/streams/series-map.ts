import type { Columns, SeriesTable } from '@sluis/protocol';

const UNKNOWN = -1;

/** Gives rows the ids of another table, by path; `rename` what the path becomes there. */
export class SeriesMap {
  readonly #from: SeriesTable;
  readonly #to: SeriesTable;
  readonly #rename: (path: string) => string;
  #ids = new Int32Array(64).fill(UNKNOWN);

  constructor({ from, to, rename }: { from: SeriesTable; to: SeriesTable; rename?: (path: string) => string }) {
    this.#from = from;
    this.#to = to;
    this.#rename = rename ?? ((path) => path);
  }

  map(rows: Columns): Columns {
    if (rows.length === 0) return rows;
    const { series: from, length } = rows;
    const series = new Uint32Array(length);
    let last = from[0];
    let id = this.#id(last);
    for (let i = 0; i < length; i++) {
      // Rows come in runs of a series.
      if (from[i] !== last) id = this.#id((last = from[i]));
      series[i] = id;
    }
    return { ...rows, series };
  }

  #id(from: number): number {
    if (from < this.#ids.length && this.#ids[from] !== UNKNOWN) return this.#ids[from];
    const { path, unit } = this.#from.definition(from);
    if (from >= this.#ids.length) {
      const grown = new Int32Array(2 ** Math.ceil(Math.log2(from + 1))).fill(UNKNOWN);
      grown.set(this.#ids);
      this.#ids = grown;
    }
    return (this.#ids[from] = this.#to.intern(this.#rename(path), unit));
  }
}

/** Puts `as` after the first level of a path, the site. */
export function prefixed(as: string): (path: string) => string {
  return (path) => {
    const site = path.indexOf('/');
    return site === -1 ? `${as}/${path}` : `${path.slice(0, site)}/${as}${path.slice(site)}`;
  };
}
