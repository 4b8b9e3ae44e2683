import { type Columns, type SeriesTable, takeRows } from '@sluis/protocol';

const UNKNOWN = -1;
/** The other table is full and does not have the series. */
const LEFT_OUT = -2;

export interface SeriesMapOptions {
  readonly from: SeriesTable;
  readonly to: SeriesTable;
  /** What a path becomes there. */
  readonly rename?: (path: string) => string;
  /** Ids that `to` may give in all; rows of series beyond them are left out. No limit unless given. */
  readonly atMost?: number;
  /** UTF-8 bytes that the paths of `to` may have in all; rows of series beyond them are left out. No limit unless given. */
  readonly atMostPathBytes?: number;
  /** Told once of a series that has another unit than the one which `to` has for its path, and keeps. */
  onOtherUnit?(path: string, unit: string, kept: string): void;
}

/** Gives rows the ids of another table, by path. */
export class SeriesMap {
  readonly #from: SeriesTable;
  readonly #to: SeriesTable;
  readonly #rename: (path: string) => string;
  readonly #atMost: number;
  readonly #atMostPathBytes: number;
  readonly #onOtherUnit: SeriesMapOptions['onOtherUnit'];
  #ids = new Int32Array(64).fill(UNKNOWN);

  constructor({ from, to, ...options }: SeriesMapOptions) {
    const { rename = (path) => path, atMost = Infinity, atMostPathBytes = Infinity, onOtherUnit } = options;
    this.#from = from;
    this.#to = to;
    this.#rename = rename;
    this.#atMost = atMost;
    this.#atMostPathBytes = atMostPathBytes;
    this.#onOtherUnit = onOtherUnit;
  }

  /** The rows with their ids there, without those of series that are left out; the very rows if the ids are the same. */
  map(rows: Columns): Columns {
    if (this.#isSame(rows.series)) return rows;
    const { series: from, length } = rows;
    const series = new Uint32Array(length);
    let last = from[0];
    let id = this.#id(last);
    let kept: number[] | undefined;
    for (let i = 0; i < length; i++) {
      // Rows come in runs of a series.
      if (from[i] !== last) id = this.#id((last = from[i]));
      if (id === LEFT_OUT) kept ??= Array.from({ length: i }, (_, row) => row);
      else kept?.push(i);
      series[i] = id;
    }
    const mapped = { ...rows, series };
    return kept ? takeRows(mapped, Uint32Array.from(kept), kept.length) : mapped;
  }

  #isSame(series: Uint32Array): boolean {
    let last = UNKNOWN;
    for (let i = 0; i < series.length; i++) {
      if (series[i] === last) continue;
      last = series[i];
      if (this.#id(last) !== last) return false;
    }
    return true;
  }

  #id(from: number): number {
    if (from < this.#ids.length && this.#ids[from] !== UNKNOWN) return this.#ids[from];
    const { path, unit } = this.#from.definition(from);
    if (from >= this.#ids.length) {
      const grown = new Int32Array(2 ** Math.ceil(Math.log2(from + 1))).fill(UNKNOWN);
      grown.set(this.#ids);
      this.#ids = grown;
    }
    const renamed = this.#rename(path);
    const isKnown = this.#to.id(renamed) !== undefined;
    if (!isKnown && !this.#hasRoom(renamed)) return (this.#ids[from] = LEFT_OUT);
    const id = this.#to.intern(renamed, unit);
    const kept = this.#to.definition(id).unit;
    if (kept !== unit) this.#onOtherUnit?.(renamed, unit, kept);
    return (this.#ids[from] = id);
  }

  #hasRoom(path: string): boolean {
    const { pathBytes, size } = this.#to;
    return size < this.#atMost && pathBytes + Buffer.byteLength(path) <= this.#atMostPathBytes;
  }
}

/** Puts `as` after the first level of a path, the site. */
export function prefixed(as: string): (path: string) => string {
  return (path) => {
    const site = path.indexOf('/');
    return site === -1 ? `${as}/${path}` : `${path.slice(0, site)}/${as}${path.slice(site)}`;
  };
}
